/**
 * What users of accounts may use once is used fifty times at the same moment, at three nodes: codes
 * and links in mails, invitations, challenges, codes of apps, and passwords that are replaced.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { totpAt } from '../packages/testing/src/one-time-passwords.ts';
import { fill, type FilledForm, openForm, type Place, visit } from './actors.ts';
import { scaled } from './chance.ts';
import { forEach } from './crowd.ts';
import { queryRows } from './database.ts';
import { describeOnBothEngines } from './engines.ts';
import type { Answer } from './http.ts';
import { type Mailbox, startMailbox } from './mailbox.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { assertOnce } from './once.ts';
import {
  invite,
  join,
  newAddress,
  newNetwork,
  openCodePage,
  openEnrolment,
  openJoining,
  openPasskeyForm,
  password,
  recoveryCodesOf,
  settingsOfPeople,
  solveWork,
  type User,
} from './people.ts';

const handles = scaled(10);
/** Of those for which each use hashes a password. */
const hashedHandles = scaled(3);
const uses = 50;
const anonymous = () => ({ email: newAddress(), cookies: new Map(), headers: newNetwork() });
const leadsTo =
  (path: string) =>
  ({ status, headers }: Answer) =>
    status === 303 && (headers.location ?? '').includes(path);
const isSignedIn = ({ headers }: Answer) =>
  (headers['set-cookie'] ?? []).some((cookie) => /^[^=]*session=[^;]/.test(cookie));

describeOnBothEngines('What users of accounts may use once', (engine) => {
  let mailbox: Mailbox;
  let nodes: Nodes;

  beforeAll(async () => {
    mailbox = await startMailbox();
    nodes = await startNodes({ engine, count: 3, settings: settingsOfPeople(mailbox) });
  });
  afterAll(async () => {
    await nodes?.stop();
    await mailbox?.stop();
  });

  const place = (index: number) => nodes.nodes[index % 3]!;

  /** Each value is made, and used by all callers at once. */
  async function assertUsedOnce(
    what: string,
    make: (number: number) => Promise<(index: number) => FilledForm>,
    isSuccess: (answer: Answer) => boolean,
    isHashed = false,
  ): Promise<void> {
    const all = await forEach(isHashed ? hashedHandles : handles, 1, async (number) => {
      const use = await make(number);
      const sent = Array.from({ length: uses }, (_, index) => use(index)(place(number + index)));
      return (await Promise.all(sent)).map(({ answer }) => answer);
    });
    assertOnce(engine, `${what} at 3 nodes`, all, isSuccess, isHashed);
  }

  const always = (send: FilledForm) => () => send;
  const joined = (number: number) => join(place(number), mailbox);

  it('is the code in a mail for a new account', async () => {
    const make = async (number: number) =>
      always(await openCodePage(place(number), '/sign-up', mailbox, anonymous()));
    await assertUsedOnce('one code for a new account', make, leadsTo('/sign-up/account'));
  });

  it('is an address, for which one account is made', async () => {
    const make = async (number: number) =>
      always(await openJoining(place(number), '/sign-up', mailbox, anonymous()));
    await assertUsedOnce('one proven address that joins', make, isSignedIn, true);
  });

  it('is an invitation', async () => {
    const make = async (number: number) => {
      const user = anonymous();
      const address = await invite(nodes, user.email);
      return always(await openJoining(place(number), address, mailbox, user));
    };
    await assertUsedOnce('one invitation that joins', make, isSignedIn, true);
    const rows = await queryRows(
      nodes.database,
      'SELECT id FROM invitations WHERE used_at IS NOT NULL',
    );
    expect(rows).toHaveLength(hashedHandles);
  });

  it('is the code in a mail for a forgotten password', async () => {
    const make = async (number: number) => always(await recovering(number, await joined(number)));
    await assertUsedOnce('one code for a forgotten password', make, leadsTo('/recover/password'));
  });

  const recovering = (number: number, user: User) =>
    openCodePage(place(number), '/recover', mailbox, { ...user, cookies: new Map() });

  const newPassword = { new_password: password, new_password_again: password };

  it('is a forgotten password, which is replaced once', async () => {
    const make = async (number: number) => {
      const user = await joined(number);
      const { answer, cookies } = await (await recovering(number, user))(place(number));
      const typed = { button: 'change', values: newPassword, headers: user.headers };
      return always(await openForm(place(number), answer.headers.location ?? '', cookies, typed));
    };
    await assertUsedOnce('one proof of a forgotten password', make, isSignedIn, true);
  });

  it('is a password that is changed', async () => {
    const make = async (number: number) => {
      const { cookies, headers } = await joined(number);
      const values = { password, ...newPassword };
      return always(
        await openForm(place(number), '/account/password', cookies, {
          button: 'change',
          values,
          headers,
        }),
      );
    };
    await assertUsedOnce('one password that is changed', make, isSignedIn, true);
  });

  const changing = async (number: number, user: User, email: string) =>
    openCodePage(place(number), '/account/email', mailbox, { ...user, email });

  it('is the code in a mail for another address', async () => {
    const make = async (number: number) =>
      always(await changing(number, await joined(number), newAddress()));
    await assertUsedOnce('one code for another address', make, leadsTo('/account'));
  });

  it('is the link that undoes the change of an address', async () => {
    const make = async (number: number) => {
      const user = await joined(number);
      await (await changing(number, user, newAddress()))(place(number));
      const link = /\/account\/email\/undo\?change=\S+/;
      const [target] = await mailbox.find(user.email, link);
      return always(await openForm(place(number), target, new Map(), { button: 'undo' }));
    };
    await assertUsedOnce('one link that undoes a change', make, ({ body }) =>
      body.includes('id="undone"'),
    );
  });

  /** A user with an app signs in again, as far as the page for the code. */
  async function askedForFactor(number: number) {
    const user = await joined(number);
    const { secret, send } = await openEnrolment(place(number), user);
    const codes = recoveryCodesOf((await send(place(number))).answer);
    const values = { email: user.email, password };
    const { headers } = user;
    const first = await (
      await openForm(place(number), '/sign-in', new Map(), { button: 'signin', values, headers })
    )(place(number));
    const page = await visit(place(number), first.answer.headers.location ?? '', first.cookies, {
      headers,
    });
    return { page, secret, codes, headers };
  }

  it('is a code of an authenticator app', async () => {
    const make = async (number: number) => {
      const { page, secret, headers } = await askedForFactor(number);
      // The one of this half minute was used to add the app.
      const totp = totpAt(secret, Math.floor(Date.now() / 1000) + 30);
      return always(fill(page, { button: 'continue', values: { totp }, headers }));
    };
    await assertUsedOnce('one code of an app', make, isSignedIn);
  });

  it('is a recovery code', async () => {
    const make = async (number: number) => {
      const { page, codes, headers } = await askedForFactor(number);
      const values = { 'recovery-code': codes[0] ?? '' };
      return always(fill(page, { button: 'continue-recovery', values, headers }));
    };
    await assertUsedOnce('one recovery code', make, isSignedIn);
  });

  const asksToAdd = ['/account/security', 'add-passkey'] as const;
  const asksToSignIn = ['/sign-in', 'passkey'] as const;

  it('is the challenge for a new passkey, also for several passkeys', async () => {
    const make = async (number: number) => {
      const page = await openPasskeyForm(
        place(number),
        nodes.issuer,
        asksToAdd,
        await joined(number),
      );
      return () => async (at: Place) => {
        const { answer, cookies } = await page.send(page.create().registration)(at);
        return visit(at, answer.headers.location ?? '', cookies, page);
      };
    };
    await assertUsedOnce('one challenge for 50 new passkeys', make, ({ body }) =>
      body.includes('id="passkey-added"'),
    );
  });

  it('is the challenge of a sign-in with a passkey', async () => {
    const make = async (number: number) => {
      const user = await joined(number);
      const adding = await openPasskeyForm(place(number), nodes.issuer, asksToAdd, user);
      const passkey = adding.create();
      await adding.send(passkey.registration)(place(number));
      const visitor = { cookies: new Map(), headers: user.headers };
      const page = await openPasskeyForm(place(number), nodes.issuer, asksToSignIn, visitor);
      return () => page.assert(passkey);
    };
    await assertUsedOnce('one challenge of a sign-in', make, isSignedIn);
  });

  it('is a proof of work', async () => {
    const make = async (number: number) => {
      const { email, headers } = anonymous();
      const typed = { button: 'continue', values: { email }, headers };
      let page = await (await openForm(place(number), '/recover', new Map(), typed))(place(number));
      while (page.answer.status === 303)
        page = await (await openForm(place(number), '/recover', page.cookies, typed))(
          place(number),
        );
      return always(fill(page, { ...typed, fields: { work: solveWork(page.answer) } }));
    };
    await assertUsedOnce('one proof of work', make, leadsTo('/recover/code'));
  });
});
