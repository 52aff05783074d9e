import type { Account, EmailChange, FormerEmail } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  connect,
  enrol as enrolIn,
  makeAccount,
  makeDelivery,
  makeEnrolment,
  makeFamily,
  makeId,
  makePasskey,
  makeSession,
} from '../testing-parts/samples.ts';

describeOnEveryEngine('a change of an e-mail address', (store) => {
  const addAccount = async (): Promise<Account> => {
    const account = makeAccount();
    await store().accounts.add(account);
    return account;
  };
  const formerOf = (account: Account, over: Partial<FormerEmail> = {}): FormerEmail => ({
    id: makeId('fem_'),
    accountId: account.id,
    email: account.email,
    emailKey: account.emailKey,
    changedAt: now,
    expiresAt: now + 600,
    ...over,
  });
  const changeOf = (account: Account, over: Partial<EmailChange> = {}): EmailChange => {
    const email = makeId('new-');
    return { email, emailKey: email, former: formerOf(account), notice: undefined, ...over };
  };
  const restore = ({ former }: EmailChange, at: number) =>
    store().formerEmails.restore(former.id, [], at);
  const change = (account: Account, to: EmailChange) => store().formerEmails.change(account.id, to);

  it('replaces the address, which counts as verified, and keeps the former one and the notice', async () => {
    const account = await addAccount();
    const notice = makeDelivery({ nextAt: now, expiresAt: now + 60 });
    const to = changeOf(account, { notice });
    expect(await change(account, to)).toBe('changed');
    const { email, emailKey } = to;
    expect(await store().accounts.loadByEmailKey(emailKey)).toStrictEqual({
      ...account,
      email,
      emailKey,
      emailVerified: true,
    });
    expect(await store().accounts.loadByEmailKey(account.emailKey)).toBeUndefined();
    expect(await store().formerEmails.load(to.former.id, now)).toStrictEqual(to.former);
    expect(await store().formerEmails.load(to.former.id, to.former.expiresAt)).toBeUndefined();
    const due = await store().deliveries.takeDue(now, 100, 60);
    expect(due.map(({ id }) => id)).toContain(notice.id);
  });

  it('changes nothing if another account has the address, or this account has changed', async () => {
    const [account, other] = [await addAccount(), await addAccount()];
    const { email, emailKey } = other;
    const taken = changeOf(account, { email, emailKey });
    expect(await change(account, taken)).toBe('taken');
    const stale = changeOf(account, { former: formerOf(account, { emailKey: 'another' }) });
    expect(await change(account, stale)).toBe('gone');
    await store().accounts.disable(account.id, now);
    expect(await change(account, changeOf(account))).toBe('gone');
    expect((await store().accounts.load(account.id))?.email).toBe(account.email);
    expect(await store().formerEmails.load(taken.former.id, now)).toBeUndefined();
  });

  it('succeeds for one of twenty accounts that want the same address at once', async () => {
    const accounts = await Promise.all(Array.from({ length: 20 }, addAccount));
    const email = makeId('wanted-');
    const outcomes = await Promise.all(
      accounts.map((account) => change(account, changeOf(account, { email, emailKey: email }))),
    );
    expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(1);
  });

  it('is undone once when fifty try at once, with its mail, and ends the sessions', async () => {
    const account = await addAccount();
    const session = makeSession(account.id);
    await store().sessions.start(session);
    const to = changeOf(account);
    await change(account, to);
    const mail = makeDelivery({ nextAt: now, expiresAt: now + 60 });
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => store().formerEmails.restore(to.former.id, [mail], now)),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'restored')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'gone')).toHaveLength(49);
    const { email, emailKey } = account;
    expect(await store().accounts.load(account.id)).toMatchObject({ email, emailKey });
    expect(await store().sessions.load(session.digest, 900, now)).toBeUndefined();
  });

  it('is undone with the passkeys and the second factor that were added since', async () => {
    const account = await addAccount();
    const addPasskey = async (createdAt: number) => {
      const passkey = makePasskey(account.id, { createdAt });
      const challenge = { id: makeId('cha_'), expiresAt: now + 60 };
      await store().passkeys.add({ passkey, challenge, most: 9, mail: undefined }, now);
      return passkey.id;
    };
    const enrol = (of: string, createdAt: number) =>
      enrolIn(store(), makeEnrolment(of, { createdAt }));
    const before = await addPasskey(now - 1);
    const to = changeOf(account);
    await change(account, to);
    await addPasskey(now);
    await enrol(account.id, now);
    expect(await restore(to, now + 5)).toMatchObject({ outcome: 'restored' });
    expect((await store().passkeys.list(account.id)).map(({ id }) => id)).toEqual([before]);
    expect(await store().secondFactors.load(account.id)).toBeUndefined();
  });

  it('is undone with all that was added since the time until which the account is trusted', async () => {
    const connection = await connect(store());
    const { accountId, clientId, grantId } = connection;
    const account = (await store().accounts.load(accountId)) as Account;
    const challenge = { id: makeId('cha_'), expiresAt: now + 60 };
    const passkey = makePasskey(accountId, { createdAt: now - 50, name: 'Key of a thief' });
    await store().passkeys.add({ passkey, challenge, most: 9, mail: undefined }, now);
    await enrolIn(store(), makeEnrolment(accountId, { createdAt: now - 50 }));
    const family = makeFamily(connection);
    await store().families.start(family);
    const to = changeOf(account, { former: formerOf(account, { trustedUntil: now - 100 }) });
    await change(account, to);
    expect(await restore(to, now + 5)).toStrictEqual({
      outcome: 'restored',
      passkeys: ['Key of a thief'],
      hadSecondFactor: true,
      clientIds: [clientId],
    });
    expect(await store().passkeys.list(accountId)).toEqual([]);
    expect(await store().secondFactors.load(accountId)).toBeUndefined();
    expect(await store().grants.find(grantId)).toBeUndefined();
    expect((await store().families.load(family.id))?.endedAt).toBe(now + 5);
  });

  it('is undone without the second factor that was there before', async () => {
    const account = await addAccount();
    await enrolIn(store(), makeEnrolment(account.id, { createdAt: now - 1 }));
    const to = changeOf(account);
    await change(account, to);
    expect(await restore(to, now + 5)).toMatchObject({ outcome: 'restored' });
    expect(await store().secondFactors.load(account.id)).toBeDefined();
  });

  it('is undone with later changes, and not with earlier ones', async () => {
    const account = await addAccount();
    const first = changeOf(account, { former: formerOf(account, { changedAt: now - 10 }) });
    await change(account, first);
    const changed = { ...account, email: first.email, emailKey: first.emailKey };
    const second = changeOf(changed);
    await change(changed, second);
    expect(await restore(second, now)).toMatchObject({ outcome: 'restored' });
    expect((await store().accounts.load(account.id))?.email).toBe(first.email);
    expect(await restore(first, now)).toMatchObject({ outcome: 'restored' });
    expect((await store().accounts.load(account.id))?.email).toBe(account.email);
  });

  it('keeps its undo when a later change of the same second, or of a slow clock, is undone', async () => {
    const account = await addAccount();
    const first = changeOf(account);
    await change(account, first);
    const changed = { ...account, email: first.email, emailKey: first.emailKey };
    const second = changeOf(changed, { former: formerOf(changed, { changedAt: now - 5 }) });
    await change(changed, second);
    expect(await restore(second, now)).toMatchObject({ outcome: 'restored' });
    expect(await restore(first, now)).toMatchObject({ outcome: 'restored' });
    expect((await store().accounts.load(account.id))?.email).toBe(account.email);
  });

  it('is not undone if another account has the former address', async () => {
    const account = await addAccount();
    const to = changeOf(account);
    await change(account, to);
    const { email, emailKey } = account;
    await store().accounts.add(makeAccount({ email, emailKey }));
    expect(await restore(to, now)).toEqual({ outcome: 'taken' });
    expect((await store().accounts.load(account.id))?.email).toBe(to.email);
  });

  it('is deleted some time after it can no longer be undone', async () => {
    const account = await addAccount();
    const dead = changeOf(account, { former: formerOf(account, { expiresAt: now - 86_400 }) });
    await change(account, dead);
    await store().prune(now, 1000);
    expect(await store().formerEmails.load(dead.former.id, 0)).toBeUndefined();
  });
});
