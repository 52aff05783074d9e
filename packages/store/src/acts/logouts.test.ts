import type { LogoutTarget } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  connect,
  makeAccount,
  makeDelivery,
  makeFamily,
  makeId,
  makeLogoutTarget,
  makeSession,
} from '../testing-parts/samples.ts';

describeOnEveryEngine('clients that must be notified of the end of a session', (store) => {
  async function signIn(accountId = makeId('usr_')) {
    const session = makeSession(accountId);
    await store().sessions.start(session);
    const target = makeLogoutTarget({
      sessionId: session.id,
      accountId,
      expiresAt: session.expiresAt,
    });
    await store().logouts.add(target);
    return { session, target };
  }
  const endedOf = async ({ accountId }: Pick<LogoutTarget, 'accountId'>) =>
    (await store().logouts.listEnded(1000)).filter((one) => one.accountId === accountId);

  it('are listed when it ends, and not before', async () => {
    const { session, target } = await signIn();
    expect(await endedOf(target)).toEqual([]);
    expect(await store().sessions.end(session.digest, now)).toStrictEqual([target]);
    expect(await endedOf(target)).toStrictEqual([target]);
  });

  it('are stored once for each `sid` of the session', async () => {
    const { session, target } = await signIn();
    await store().logouts.add(target);
    await store().logouts.add({ ...target, sid: 'another' });
    expect(await store().sessions.end(session.digest, now)).toHaveLength(2);
  });

  it('are not listed when a session expires, or when it ends a second time', async () => {
    const { session, target } = await signIn();
    expect(await store().sessions.end(session.digest, session.expiresAt)).toEqual([]);
    expect(await store().sessions.end(session.digest, now)).toEqual([]);
    expect(await endedOf(target)).toEqual([]);
  });

  it('move to the next session of the same user, with the `sid` that they know', async () => {
    const { session, target } = await signIn();
    const next = makeSession(session.accountId, { expiresAt: session.expiresAt + 50 });
    await store().sessions.start(next, session.digest);
    expect(await endedOf(target)).toEqual([]);
    const told = { ...target, sessionId: next.id, expiresAt: next.expiresAt };
    expect(await store().sessions.end(next.digest, now)).toStrictEqual([told]);
  });

  it('are listed when another user signs in with the same browser', async () => {
    const { session, target } = await signIn();
    await store().sessions.start(makeSession('usr_other'), session.digest);
    expect(await endedOf(target)).toStrictEqual([target]);
  });

  it('are listed at once if the session had ended before they were stored', async () => {
    const { session, target } = await signIn();
    await store().sessions.end(session.digest, now);
    const late = { ...target, clientId: 'client-late' };
    await store().logouts.add(late);
    expect(await endedOf(target)).toContainEqual(late);
  });

  it('become a delivery in one act, at one node only', async () => {
    const { session, target } = await signIn();
    const early = await store().logouts.hand(target, makeDelivery());
    expect(early).toBe(false);
    await store().sessions.end(session.digest, now);
    const deliveries = Array.from({ length: 6 }, () => makeDelivery());
    const first = await Promise.all(deliveries.map((one) => store().logouts.hand(target, one)));
    expect(first.filter(Boolean)).toHaveLength(1);
    const taken = (await store().deliveries.takeDue(now, 1000, 10)).map(({ id }) => id);
    expect(deliveries.filter(({ id }) => taken.includes(id))).toEqual([
      deliveries[first.indexOf(true)],
    ]);
    expect(await endedOf(target)).toEqual([]);
  });

  it('are deleted without a delivery if there is nothing to send', async () => {
    const { session, target } = await signIn();
    await store().sessions.end(session.digest, now);
    expect(await store().logouts.hand(target, undefined)).toBe(true);
    expect(await endedOf(target)).toEqual([]);
  });

  it('are listed when the account is disabled', async () => {
    const account = makeAccount();
    await store().accounts.add(account);
    const { target } = await signIn(account.id);
    await store().accounts.disable(account.id, now);
    expect(await endedOf(target)).toStrictEqual([target]);
  });
});

describeOnEveryEngine('everything of an account', (store) => {
  it('ends in one act, sessions, grants, families and codes, and the account stays', async () => {
    const connection = await connect(store());
    const session = makeSession(connection.accountId);
    await store().sessions.start(session);
    const family = makeFamily(connection, { scopes: ['offline_access'] });
    await store().families.start(family);
    const target = makeLogoutTarget({ sessionId: session.id, accountId: connection.accountId });
    await store().logouts.add(target);

    expect(await store().accounts.endEverything(connection.accountId, now)).toBe(true);
    expect(await store().sessions.load(session.digest, 900, now)).toBeUndefined();
    expect(await store().families.isAlive(family.id)).toBe(false);
    expect(await store().grants.load(connection.accountId, connection.clientId)).toBeUndefined();
    expect(await store().logouts.listEnded(1000)).toContainEqual(target);
    expect((await store().accounts.load(connection.accountId))?.status).toBe('active');
  });

  it('does not change other accounts, and reports an unknown account', async () => {
    const [one, other] = [await connect(store()), await connect(store())];
    await store().accounts.endEverything(one.accountId, now);
    expect(await store().grants.load(other.accountId, other.clientId)).toBeDefined();
    expect(await store().accounts.endEverything(makeId('usr_'), now)).toBe(false);
  });
});
