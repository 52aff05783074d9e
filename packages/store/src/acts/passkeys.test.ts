import type { Passkey, PasskeySignIn } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  makeAccount,
  makeDelivery,
  makeId,
  makePasskey,
  makeSession,
} from '../testing-parts/samples.ts';

describeOnEveryEngine('passkeys', (store) => {
  const challenge = () => ({ id: makeId('challenge-'), expiresAt: now + 60 });

  function addOne(passkey: Passkey, over: { readonly most?: number } = {}) {
    const added = { passkey, challenge: challenge(), most: 10, mail: undefined, ...over };
    return store().passkeys.add(added, now);
  }

  async function register(over: Partial<Passkey> = {}, passwordHash = 'hash') {
    const account = makeAccount({ passwordHash });
    await store().accounts.add(account);
    const passkey = makePasskey(account.id, over);
    expect(await addOne(passkey)).toBe('added');
    return { account, passkey };
  }

  function signIn(passkey: Passkey, over: Partial<PasskeySignIn> = {}) {
    const session = makeSession(passkey.accountId);
    const use: PasskeySignIn = {
      id: passkey.id,
      challenge: challenge(),
      counter: 0,
      isBackedUp: true,
      session,
      formerDigest: undefined,
      mail: undefined,
      ...over,
    };
    return store().passkeys.signIn(use, now);
  }

  const isMailed = async (id: string) =>
    (await store().deliveries.takeDue(now, 10_000, 60)).some((one) => one.id === id);

  it('are found by their id with their account, and listed from the oldest on', async () => {
    const { account, passkey } = await register({ createdAt: now - 1, transports: [] });
    const second = makePasskey(account.id, { isSyncable: false, isBackedUp: false, counter: 9 });
    await addOne(second);
    expect(await store().passkeys.load(passkey.id)).toStrictEqual({ passkey, account });
    expect(await store().passkeys.load(second.id)).toStrictEqual({ passkey: second, account });
    expect(await store().passkeys.list(account.id)).toStrictEqual([passkey, second]);
    expect(await store().passkeys.load(makeId('passkey-'))).toBeUndefined();
  });

  it('are added with their mail once for each challenge, and not with one that expired', async () => {
    const { account } = await register();
    const added = {
      passkey: makePasskey(account.id),
      challenge: challenge(),
      most: 10,
      mail: makeDelivery({ id: makeId('mail_'), kind: 'mail' }),
    };
    expect(await store().passkeys.add(added, now)).toBe('added');
    const again = { ...added, passkey: makePasskey(account.id) };
    expect(await store().passkeys.add(again, now)).toBe('spent');
    const late = { ...again, challenge: { id: makeId('challenge-'), expiresAt: now } };
    expect(await store().passkeys.add(late, now)).toBe('spent');
    expect(await isMailed(added.mail.id)).toBe(true);
  });

  it('belong to one account, and an account has no more than it may have', async () => {
    const { account, passkey } = await register();
    const other = makeAccount();
    await store().accounts.add(other);
    expect(await addOne({ ...passkey, accountId: other.id })).toBe('taken');
    expect(await addOne(makePasskey(account.id), { most: 1 })).toBe('full');
    expect((await store().passkeys.load(passkey.id))?.account.id).toBe(account.id);
  });

  it('are never more than an account may have, also when they are added at once', async () => {
    const { account } = await register();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => addOne(makePasskey(account.id), { most: 3 })),
    );
    expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(2);
    expect(await store().passkeys.list(account.id)).toHaveLength(3);
  });

  it('of a disabled account are not found, are not added, and start nothing', async () => {
    const { account, passkey } = await register();
    await store().accounts.disable(account.id, now);
    expect(await store().passkeys.load(passkey.id)).toBeUndefined();
    expect(await addOne(makePasskey(account.id))).toBe('absent');
    expect(await signIn(passkey)).toBe('absent');
    await store().accounts.enable(account.id, now);
    expect(await signIn(passkey)).toBe('started');
  });

  it('start a session that replaces the former one, with the use and the mail in one act', async () => {
    const { account, passkey } = await register({ isBackedUp: false });
    const former = makeSession(account.id);
    await store().sessions.start(former);
    const session = makeSession(account.id, { terms: { amr: ['swk', 'user', 'mfa'] } });
    const mail = makeDelivery({ id: makeId('mail_'), kind: 'mail' });
    const outcome = await signIn(passkey, {
      session,
      formerDigest: former.digest,
      counter: 5,
      mail,
    });
    expect(outcome).toBe('started');
    expect(await store().sessions.load(former.digest, 900, now)).toBeUndefined();
    expect(await store().sessions.load(session.digest, 900, now)).toStrictEqual({
      session,
      account,
    });
    expect(await isMailed(mail.id)).toBe(true);
    const [used] = await store().passkeys.list(account.id);
    expect(used).toStrictEqual({ ...passkey, counter: 5, isBackedUp: true, lastUsedAt: now });
  });

  it('start one session for each challenge, also with fifty uses at once', async () => {
    const { passkey } = await register();
    const one = challenge();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => signIn(passkey, { challenge: one })),
    );
    expect(outcomes.filter((outcome) => outcome === 'started')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'spent')).toHaveLength(49);
    expect(await signIn(passkey, { challenge: { ...challenge(), expiresAt: now } })).toBe('spent');
  });

  it('whose counter does not go up start nothing (Web Authentication §7.2 step 22)', async () => {
    const { passkey } = await register({ counter: 4 });
    const session = makeSession(passkey.accountId);
    for (const counter of [3, 4, 0])
      expect(await signIn(passkey, { counter, session })).toBe('counter');
    expect(await store().sessions.load(session.digest, 900, now)).toBeUndefined();
    expect(await signIn(passkey, { counter: 5 })).toBe('started');
    expect(await signIn(passkey, { counter: 5 })).toBe('counter');
    const uncounted = await register();
    expect(await signIn(uncounted.passkey)).toBe('started');
    expect(await signIn(uncounted.passkey)).toBe('started');
  });

  it('start no session of another account', async () => {
    const { passkey } = await register();
    const other = makeAccount();
    await store().accounts.add(other);
    expect(await signIn(passkey, { session: makeSession(other.id) })).toBe('absent');
  });

  it('are renamed by their own account only', async () => {
    const { account, passkey } = await register();
    expect(await store().passkeys.rename(passkey.id, account.id, 'Laptop')).toBe(true);
    expect(await store().passkeys.rename(passkey.id, makeId('usr_'), 'Mine')).toBe(false);
    expect((await store().passkeys.list(account.id))[0]?.name).toBe('Laptop');
  });

  it('are removed by their own account only, with a mail', async () => {
    const { account, passkey } = await register();
    const [mail, none] = [makeId('mail_'), makeId('mail_')].map((id) =>
      makeDelivery({ id, kind: 'mail' }),
    );
    const remove = (accountId: string, delivery = mail) =>
      store().passkeys.remove(passkey.id, accountId, { mayBeLast: false, mail: delivery });
    expect(await remove(makeId('usr_'), none)).toBe('absent');
    expect(await remove(account.id)).toBe('removed');
    expect(await remove(account.id, none)).toBe('absent');
    expect(await signIn(passkey)).toBe('absent');
    const due = (await store().deliveries.takeDue(now, 10_000, 60)).map(({ id }) => id);
    expect([due.includes(mail?.id ?? ''), due.includes(none?.id ?? '')]).toEqual([true, false]);
  });

  it('are the last way to sign in if there is no password, and then only a named one is removed', async () => {
    const { account, passkey } = await register({}, '');
    const second = makePasskey(account.id);
    await addOne(second);
    const remove = ({ id }: Passkey, mayBeLast = false) =>
      store().passkeys.remove(id, account.id, { mayBeLast, mail: undefined });
    const both = await Promise.all([remove(passkey), remove(second)]);
    expect(both.toSorted()).toEqual(['last', 'removed']);
    const [left] = await store().passkeys.list(account.id);
    expect(left && (await remove(left))).toBe('last');
    expect(left && (await remove(left, true))).toBe('removed');
  });
});
