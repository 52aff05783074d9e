import type { Family, Session } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  connect,
  makeAccount,
  makeAgreement,
  makeCode,
  makeDelivery,
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

  it('are found with their account by their digest until their absolute end', async () => {
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

  it('starts with its mail in one act, and without the mail where it does not start', async () => {
    const account = makeAccount({ passwordHash: 'right' });
    await store().accounts.add(account);
    const [mail, refused] = [makeId('mail_'), makeId('mail_')].map((id) =>
      makeDelivery({ id, kind: 'mail' }),
    );
    const start = (hash: string, delivery = mail) =>
      store().sessions.start(makeSession(account.id), undefined, hash, delivery);
    expect([await start('right'), await start('wrong', refused)]).toEqual([true, false]);
    const due = (await store().deliveries.takeDue(now, 10_000, 60)).map(({ id }) => id);
    expect([due.includes(mail?.id ?? ''), due.includes(refused?.id ?? '')]).toEqual([true, false]);
  });

  it('end when they are not used for the idle time', async () => {
    const { session } = await start();
    expect(await store().sessions.load(session.digest, 900, now + 900)).toBeUndefined();
    await store().sessions.touch(session.digest, now + 800);
    expect((await store().sessions.load(session.digest, 900, now + 900))?.session.lastSeenAt).toBe(
      now + 800,
    );
  });

  it('never move their last use backwards', async () => {
    const { session } = await start();
    await store().sessions.touch(session.digest, now - 100);
    expect((await store().sessions.load(session.digest, 900, now))?.session.lastSeenAt).toBe(now);
  });

  it('end when a new session of the browser starts', async () => {
    const { session: former, account } = await start();
    const session = makeSession(account.id);
    await store().sessions.start(session, former.digest);
    expect(await store().sessions.load(former.digest, 900, now)).toBeUndefined();
    expect(await store().sessions.load(session.digest, 900, now)).toStrictEqual({
      session,
      account,
    });
  });

  it('are deleted when they are ended', async () => {
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

  it('end with the families that they started, except those with offline_access', async () => {
    const { session, ends } = await startWithFamilies();
    await store().sessions.end(session.digest, now + 7);
    expect(await ends()).toEqual([now + 7, undefined, undefined, undefined]);
  });

  it('end with families whose scope only looks like offline_access', async () => {
    const { grantId, ...of } = await connect(store());
    const session = makeSession(of.accountId);
    await store().sessions.start(session);
    const scopes = ['OFFLINE_ACCESS', 'offline-access', 'my_offline_access', 'offline_access2'];
    const family = makeFamily({ ...of, grantId }, { sessionId: session.id, scopes });
    await store().families.start(family);
    await store().sessions.end(session.digest, now);
    expect((await store().families.load(family.id))?.endedAt).toBe(now);
  });

  it('pass their families to the next session of the same user, and these end with it', async () => {
    const { session, ends } = await startWithFamilies();
    const next = makeSession(session.accountId);
    await store().sessions.start(next, session.digest);
    expect(await ends()).toEqual([undefined, undefined, undefined, undefined]);
    await store().sessions.end(next.digest, now + 7);
    expect(await ends()).toEqual([now + 7, undefined, undefined, undefined]);
  });

  it('end as by signing out when another user signs in with the same browser', async () => {
    const { session, ends } = await startWithFamilies();
    await store().sessions.start(
      makeSession('usr_other', { authenticatedAt: now + 3, lastSeenAt: now + 3 }),
      session.digest,
    );
    expect(await ends()).toEqual([now + 3, undefined, undefined, undefined]);
  });

  it('refuse the codes of the session that they replace, however old their own sign-in is', async () => {
    const { grantId, ...of } = await connect(store());
    const session = makeSession(of.accountId);
    await store().sessions.start(session);
    const code = makeCode(of, { sessionId: session.id });
    await store().codes.issue({ code }, now);
    const next = makeSession(of.accountId, { authenticatedAt: now - 3600 });
    await store().sessions.start(next, session.digest);
    await store().prune(now, 1000);
    const family = makeFamily({ ...of, grantId }, { id: code.familyId, sessionId: session.id });
    const redeemed = await store().codes.redeem(code.digest, family, now + 1);
    expect(redeemed.outcome).toBe('expired');
  });

  it('end nothing when they expire or are unknown', async () => {
    const { session, ends } = await startWithFamilies();
    await store().sessions.end('unknown', now);
    await store().sessions.end(session.digest, session.expiresAt);
    expect((await ends()).slice(0, 2)).toEqual([undefined, undefined]);
  });

  it('are refused if they started just after their account was disabled', async () => {
    const account = makeAccount();
    const session = makeSession(account.id);
    await store().accounts.add(account);
    await store().accounts.disable(account.id, now);
    await store().sessions.start(session);
    expect(await store().sessions.load(session.digest, 900, now)).toBeUndefined();
  });

  it('keep the network of their last use, and the browser of their sign-in', async () => {
    const { session } = await start({ network: '192.0.2.1', userAgent: 'Firefox' });
    await store().sessions.touch(session.digest, now + 60, '198.51.100.7');
    await store().sessions.touch(session.digest, now + 120);
    const found = await store().sessions.load(session.digest, 900, now + 120);
    expect(found?.session).toMatchObject({ network: '198.51.100.7', userAgent: 'Firefox' });
  });

  it('are listed by account, the last used first, without those that have ended', async () => {
    const { session, account } = await start({ lastSeenAt: now + 5 });
    const add = async (over: Partial<Session>, of = account.id) => {
      const added = makeSession(of, over);
      await store().sessions.start(added);
      return added;
    };
    const newest = await add({ lastSeenAt: now + 9, network: '192.0.2.1' });
    await add({ expiresAt: now + 10 });
    await add({ lastSeenAt: now - 890 });
    await add({}, makeId('usr_'));
    const list = (limit: number) => store().sessions.list(account.id, 900, now + 10, limit);
    expect(await list(10)).toStrictEqual([newest, session]);
    expect(await list(1)).toStrictEqual([newest]);
  });

  it('end one by one by their id, as by signing out, and only for their own account', async () => {
    const { session, ends } = await startWithFamilies();
    const { accountId, id } = session;
    expect(await store().sessions.endOne(makeId('usr_'), id, now)).toBe(false);
    expect(await ends()).toEqual([undefined, undefined, undefined, undefined]);
    expect(await store().sessions.endOne(accountId, id, now + 7)).toBe(true);
    expect(await ends()).toEqual([now + 7, undefined, undefined, undefined]);
    expect(await store().sessions.endOne(accountId, id, now + 8)).toBe(false);
  });

  it('refuse the codes of a session that was ended by its id', async () => {
    const { grantId, ...of } = await connect(store());
    const session = makeSession(of.accountId);
    await store().sessions.start(session);
    const code = makeCode(of, { sessionId: session.id });
    await store().codes.issue({ code }, now);
    await store().sessions.endOne(of.accountId, session.id, now);
    const family = makeFamily({ ...of, grantId }, { id: code.familyId, sessionId: session.id });
    const redeemed = await store().codes.redeem(code.digest, family, now + 1);
    expect(redeemed.outcome).toBe('expired');
  });

  it('end all but one, with their families, and none if that one has ended', async () => {
    const { session, account } = await start();
    const { session: other, ends } = await startWithFamilies(account.id);
    expect(await store().sessions.endOthers(account.id, 'ses_ended', now)).toBeUndefined();
    expect(await ends()).toEqual([undefined, undefined, undefined, undefined]);
    expect(await store().sessions.endOthers(account.id, session.id, now + 7)).toBe(1);
    expect(await ends()).toEqual([now + 7, undefined, now + 7, now + 7]);
    expect(await store().sessions.load(other.digest, 900, now)).toBeUndefined();
    expect(await store().sessions.load(session.digest, 900, now)).toBeDefined();
  });
});
