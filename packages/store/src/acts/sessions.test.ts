import type { Family, Session } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  connect,
  makeAccount,
  makeAgreement,
  makeFamily,
  makeId,
  makeSession,
} from '../testing-parts/samples.ts';

describeOnEveryEngine('sessions', (store) => {
  async function start(over: Partial<Session> = {}) {
    const account = makeAccount({ claims: { nickname: 'Countess' } });
    const session = makeSession(account.id, over);
    await store().accounts.add(account);
    await store().sessions.start(session);
    return { session, account };
  }

  it('finds a session with its account by its digest until its absolute end', async () => {
    const { session, account } = await start({
      expiresAt: now + 100,
      terms: { acr: 'urn:example:gold' },
    });
    expect(await store().sessions.load(session.digest, 900, now + 99)).toStrictEqual({
      session,
      account,
    });
    expect(await store().sessions.load(session.digest, 900, now + 100)).toBeUndefined();
  });

  it('loses a session that was not seen for the idle time, and keeps one that was', async () => {
    const { session } = await start();
    expect(await store().sessions.load(session.digest, 900, now + 900)).toBeUndefined();
    await store().sessions.touch(session.digest, now + 800);
    expect((await store().sessions.load(session.digest, 900, now + 900))?.session.lastSeenAt).toBe(
      now + 800,
    );
  });

  it('never moves the last sight of a session backwards', async () => {
    const { session } = await start();
    await store().sessions.touch(session.digest, now - 100);
    expect((await store().sessions.load(session.digest, 900, now))?.session.lastSeenAt).toBe(now);
  });

  it('ends the former session of the browser as it starts the new one', async () => {
    const { session: former, account } = await start();
    const session = makeSession(account.id);
    await store().sessions.start(session, former.digest);
    expect(await store().sessions.load(former.digest, 900, now)).toBeUndefined();
    expect(await store().sessions.load(session.digest, 900, now)).toStrictEqual({
      session,
      account,
    });
  });

  it('forgets a session that was ended', async () => {
    const { session } = await start();
    await store().sessions.end(session.digest, now);
    expect(await store().sessions.load(session.digest, 900, now)).toBeUndefined();
  });

  async function startWithFamilies(accountId = makeId('usr_')) {
    const session = makeSession(accountId);
    await store().sessions.start(session);
    const agreement = makeAgreement({ accountId, clientId: 'client-a' });
    await store().grants.agree(agreement, undefined, now);
    const start = async (over: Partial<Family>) => {
      const family = makeFamily(
        { accountId, clientId: 'client-a', grantId: agreement.grantId },
        over,
      );
      await store().families.start(family);
      return async () => (await store().families.load(family.id))?.endedAt;
    };
    const own = await start({ sessionId: session.id });
    const whileAway = await start({ sessionId: session.id, scopes: ['openid', 'offline_access'] });
    const elsewhere = await start({ sessionId: 'ses_elsewhere' });
    const without = await start({});
    const ends = async () => [await own(), await whileAway(), await elsewhere(), await without()];
    return { session, ends };
  }

  it('ends with a session the families it started, but those with offline_access, and no other', async () => {
    const { session, ends } = await startWithFamilies();
    await store().sessions.end(session.digest, now + 7);
    expect(await ends()).toEqual([now + 7, undefined, undefined, undefined]);
  });

  it('is not taken for offline_access by a scope that looks like it', async () => {
    const { grantId, ...of } = await connect(store());
    const session = makeSession(of.accountId);
    await store().sessions.start(session);
    const scopes = ['OFFLINE_ACCESS', 'offline-access', 'my_offline_access', 'offline_access2'];
    const family = makeFamily({ ...of, grantId }, { sessionId: session.id, scopes });
    await store().families.start(family);
    await store().sessions.end(session.digest, now);
    expect((await store().families.load(family.id))?.endedAt).toBe(now);
  });

  it('hands its families over to the next session of the same person, and ends with that', async () => {
    const { session, ends } = await startWithFamilies();
    const next = makeSession(session.accountId);
    await store().sessions.start(next, session.digest);
    expect(await ends()).toEqual([undefined, undefined, undefined, undefined]);
    await store().sessions.end(next.digest, now + 7);
    expect(await ends()).toEqual([now + 7, undefined, undefined, undefined]);
  });

  it('ends as by signing out when somebody else signs in with the same browser', async () => {
    const { session, ends } = await startWithFamilies();
    await store().sessions.start(
      makeSession('usr_other', { authenticatedAt: now + 3 }),
      session.digest,
    );
    expect(await ends()).toEqual([now + 3, undefined, undefined, undefined]);
  });

  it('ends nothing by lapsing, and nothing when it is unknown', async () => {
    const { session, ends } = await startWithFamilies();
    await store().sessions.end('unknown', now);
    await store().sessions.end(session.digest, session.expiresAt);
    expect((await ends()).slice(0, 2)).toEqual([undefined, undefined]);
  });

  it('refuses a session that started just after its account was disabled', async () => {
    const account = makeAccount();
    const session = makeSession(account.id);
    await store().accounts.add(account);
    await store().accounts.disable(account.id, now);
    await store().sessions.start(session);
    expect(await store().sessions.load(session.digest, 900, now)).toBeUndefined();
  });
});
