/**
 * Users who change what they sign in with, at nodes that may be killed. Each change is sent once.
 * Afterwards the database shows all of it, or nothing if it was not acknowledged.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { SoftwarePasskey } from '../packages/testing/flows/authenticator.ts';
import { type FilledForm, openForm, type Place, visit } from './actors.ts';
import type { Chance } from './chance.ts';
import { queryRows, type Row } from './database.ts';
import type { Answer } from './http.ts';
import type { Mailbox } from './mailbox.ts';
import type { Nodes } from './nodes.ts';
import {
  join,
  newAddress,
  openCodePage,
  openEnrolment,
  openPasskeyForm,
  recoveryCodesOf,
  type User,
} from './people.ts';

/** A user, and everything that was acknowledged. */
export interface Holder {
  user: User;
  readonly id: string;
  passkey: SoftwarePasskey | undefined;
  recoveryCodes: readonly string[];
  /** All addresses of the user. */
  readonly addresses: string[];
  /** Changes that took place. The user gets a mail for each. */
  changes: number;
}

export interface World {
  readonly nodes: Nodes;
  readonly mailbox: Mailbox;
  readonly chance: Chance;
}

interface Change {
  readonly send: FilledForm;
  /** The members of the state that it changes, all in one act. */
  readonly changes: readonly string[];
  /** Whether the answer is the acknowledgement. */
  readonly isDone?: (answer: Answer) => boolean;
  /** What the user has from then on. */
  readonly keep?: (holder: Holder, answer: Answer) => void;
}

type Preparation = (holder: Holder, place: Place, world: World) => Promise<Change>;

const changePassword: Preparation = async ({ user }, place) => {
  const password = randomBytes(12).toString('base64url');
  const again = { new_password: password, new_password_again: password };
  const values = { password: user.password, ...again };
  const { cookies, headers } = user;
  return {
    send: await openForm(place, '/account/password', cookies, {
      button: 'change',
      values,
      headers,
    }),
    changes: ['password_hash', 'session'],
    keep: (holder) => {
      holder.user = { ...holder.user, password };
    },
  };
};

const changeAddress: Preparation = async ({ user }, place, { mailbox }) => {
  const email = newAddress();
  return {
    send: await openCodePage(place, '/account/email', mailbox, { ...user, email }),
    changes: ['email', 'former_emails'],
    keep: (holder) => {
      holder.user = { ...holder.user, email };
      holder.addresses.push(email);
    },
  };
};

const addPasskey: Preparation = async ({ user }, place, { nodes }) => {
  const asked = ['/account/security', 'add-passkey'] as const;
  const page = await openPasskeyForm(place, nodes.issuer, asked, user);
  const passkey = page.create();
  return {
    send: page.send(passkey.registration),
    changes: ['passkeys'],
    keep: (holder) => {
      holder.passkey = passkey;
    },
  };
};

const removePasskey: Preparation = async ({ user, passkey }, place) => {
  const { cookies, headers } = user;
  const target = `/account/passkeys/remove?id=${passkey?.id}`;
  return {
    send: await openForm(place, target, cookies, { button: 'remove-passkey', headers }),
    changes: ['passkeys'],
    keep: (holder) => {
      holder.passkey = undefined;
    },
  };
};

const addApp: Preparation = async ({ user }, place) => ({
  send: (await openEnrolment(place, user)).send,
  changes: ['apps', 'recovery_codes', 'session'],
  isDone: ({ body }) => body.includes('id="totp-added"'),
  keep: (holder, answer) => {
    holder.recoveryCodes = recoveryCodesOf(answer);
  },
});

const removeApp: Preparation = async ({ user: { cookies, headers } }, place) => ({
  send: await openForm(place, '/account/security', cookies, { button: 'remove-totp', headers }),
  changes: ['apps', 'recovery_codes'],
  keep: (holder) => {
    holder.recoveryCodes = [];
  },
});

function choose({ passkey, recoveryCodes }: Holder, chance: Chance): Preparation {
  return chance.pick([
    changePassword,
    changeAddress,
    passkey === undefined ? addPasskey : removePasskey,
    recoveryCodes.length === 0 ? addApp : removeApp,
  ]);
}

const count = (table: string, of = table) =>
  `(SELECT COUNT(*) FROM ${table} WHERE account_id = accounts.id) AS ${of}`;

/** In one statement, so that it shows one moment. */
async function readState({ nodes: { database } }: World, id: string): Promise<Row> {
  const sql = `SELECT password_hash, email, ${count('passkeys')}, ${count('second_factors', 'apps')},
    ${count('recovery_codes')}, ${count('former_emails')},
    (SELECT MIN(digest) FROM sessions WHERE account_id = accounts.id) AS session
    FROM accounts WHERE id = '${id}'`;
  const [row] = await queryRows(database, sql);
  if (row === undefined) throw new Error(`no account ${id}`);
  return row;
}

const secondsToAnswer = 60;
/** PostgreSQL may still commit what a killed node has sent. */
const settleMilliseconds = 500;

/** Calls again until no node that it needs was killed meanwhile. */
export async function untilAnswered<T>(call: () => Promise<T>): Promise<T> {
  const until = performance.now() + secondsToAnswer * 1000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (performance.now() > until) throw error;
      await wait(50);
    }
  }
}

export async function newHolder({ nodes, mailbox, chance }: World): Promise<Holder> {
  const user = await untilAnswered(() => join(chance.pick(nodes.nodes), mailbox));
  const sql = `SELECT id FROM accounts WHERE email = '${user.email}'`;
  const [row] = await queryRows(nodes.database, sql);
  const id = String(row?.['id']);
  const addresses = [user.email];
  return { user, id, passkey: undefined, recoveryCodes: [], addresses, changes: 0 };
}

/**
 * `unanswered`: not acknowledged, and nothing of it is there. `unseen`: not acknowledged, and all
 * of it is there, so the user does not know what is valid. `lost`: acknowledged, but not there.
 * `half`: a part of it is there.
 */
export type Outcome = 'acknowledged' | 'unanswered' | 'unseen' | 'lost' | 'half';

/** One change, sent once. */
export async function change(holder: Holder, world: World): Promise<Outcome> {
  const { nodes, chance } = world;
  const before = await readState(world, holder.id);
  const prepare = choose(holder, chance);
  const {
    send,
    changes,
    isDone = isRedirect,
    keep,
  } = await untilAnswered(() => prepare(holder, chance.pick(nodes.nodes), world));
  const done = await send(chance.pick(nodes.nodes)).catch(() => undefined);
  const isAcknowledged = done !== undefined && isDone(done.answer);
  if (!isAcknowledged) await wait(settleMilliseconds);
  const after = await readState(world, holder.id);
  const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
  const isWhole = changed.toSorted().join() === changes.toSorted().join();
  if (isWhole) holder.changes += 1;
  if (!isWhole && changed.length > 0) return 'half';
  if (!isAcknowledged) return isWhole ? 'unseen' : 'unanswered';
  if (!isWhole) return 'lost';
  holder.user = { ...holder.user, cookies: done.cookies };
  keep?.(holder, done.answer);
  return 'acknowledged';
}

const isRedirect = ({ status }: Answer) => status === 303;

/** In the end: whether the user signs in with everything that was acknowledged. */
export async function signsIn(holder: Holder, { nodes }: World): Promise<boolean> {
  const [place] = nodes.nodes;
  if (place === undefined) return false;
  const { user, passkey, recoveryCodes } = holder;
  const { email, password, headers } = user;
  const visitor = { cookies: new Map(), headers };
  const typed = { button: 'signin', values: { email, password }, headers };
  let last = await (await openForm(place, '/sign-in', visitor.cookies, typed))(place);
  if (recoveryCodes.length > 0) {
    const page = last.answer.headers.location ?? '';
    const values = { 'recovery-code': recoveryCodes[0] ?? '' };
    const second = { button: 'continue-recovery', values, headers };
    last = await (await openForm(place, page, last.cookies, second))(place);
  }
  if ((await visit(place, '/account', last.cookies, { headers })).answer.status !== 200)
    return false;
  if (passkey === undefined) return true;
  const page = await openPasskeyForm(place, nodes.issuer, ['/sign-in', 'passkey'], visitor);
  const { cookies } = await page.assert(passkey)(place);
  return (await visit(place, '/account', cookies, { headers })).answer.status === 200;
}
