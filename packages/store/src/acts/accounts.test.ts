import type { Family, Session } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  connect,
  makeAccount,
  makeDeferred,
  makeDeferredAnswer,
  makeDelivery,
  enrol,
  makeEnrolment,
  makeFamily,
  makeId,
  makeLogoutTarget,
  makeRotation,
  makeSession,
} from '../testing-parts/samples.ts';

describeOnEveryEngine('accounts', (store) => {
  it('are found by their id and by the key of their e-mail address', async () => {
    const account = makeAccount({ emailVerified: false });
    expect(await store().accounts.add(account)).toBe(true);
    expect(await store().accounts.load(account.id)).toStrictEqual(account);
    expect(await store().accounts.loadByEmailKey(account.emailKey)).toStrictEqual(account);
    expect(await store().accounts.loadByEmailKey('nobody@example.org')).toBeUndefined();
  });

  it('have different e-mail addresses, also when several are added at once', async () => {
    const rivals = Array.from({ length: 10 }, () => makeAccount({ emailKey: 'one@example.org' }));
    const added = await Promise.all(rivals.map((account) => store().accounts.add(account)));
    expect(added.filter(Boolean)).toHaveLength(1);
    expect((await store().accounts.loadByEmailKey('one@example.org'))?.id).toBe(
      rivals[added.indexOf(true)]?.id,
    );
  });

  it('are added many at once, without those whose address or id is taken', async () => {
    const taken = makeAccount();
    await store().accounts.add(taken);
    const accounts = Array.from({ length: 250 }, () => makeAccount());
    const twins = [
      makeAccount({ emailKey: 'twin@example.org' }),
      makeAccount({ emailKey: 'twin@example.org' }),
    ];
    const added = await store().accounts.addMany([
      makeAccount({ emailKey: taken.emailKey }),
      makeAccount({ id: taken.id }),
      ...accounts,
      ...twins,
    ]);
    expect(added.toSorted()).toEqual(
      [...accounts, ...twins.slice(0, 1)].map(({ id }) => id).toSorted(),
    );
    expect(await store().accounts.load(taken.id)).toStrictEqual(taken);
    expect(await store().accounts.load(accounts[249]?.id ?? '')).toStrictEqual(accounts[249]);
    expect(await store().accounts.addMany([])).toEqual([]);
  });

  it('are listed page by page', async () => {
    await store().accounts.add(makeAccount());
    await store().accounts.add(makeAccount());
    const first = await store().accounts.list({ limit: 1 });
    const second = await store().accounts.list({ limit: 1, after: first.next ?? '' });
    expect(first.items).toHaveLength(1);
    expect(second.items[0]?.id).not.toBe(first.items[0]?.id);
  });

  it('end with their sessions, grants and families, in one act', async () => {
    const connection = await connect(store());
    const family = makeFamily(connection);
    const session = makeSession(connection.accountId);
    await Promise.all([store().families.start(family), store().sessions.start(session)]);
    expect(await store().accounts.disable(connection.accountId, now)).toBe(true);
    expect((await store().accounts.load(connection.accountId))?.status).toBe('disabled');
    expect(await store().sessions.load(session.digest, 900, now)).toBeUndefined();
    expect(await store().grants.load(connection.accountId, connection.clientId)).toBeUndefined();
    expect(await store().families.rotate(makeRotation(family, 0), now)).toEqual({
      outcome: 'ended',
    });
  });

  it('are enabled without their former sessions, grants and families, and without those that started too late', async () => {
    const connection = await connect(store());
    const { accountId, clientId } = connection;
    const family = makeFamily(connection, { scopes: ['offline_access'] });
    const [session, late] = [makeSession(accountId), makeSession(accountId)];
    await Promise.all([store().families.start(family), store().sessions.start(session)]);
    expect(await store().accounts.enable(accountId, now)).toBe(false);
    await store().accounts.disable(accountId, now);
    await store().sessions.start(late);
    expect(await store().accounts.enable(accountId, now + 1)).toBe(true);
    expect((await store().accounts.load(accountId))?.status).toBe('active');
    for (const { digest } of [session, late])
      expect(await store().sessions.load(digest, 900, now)).toBeUndefined();
    expect(await store().grants.load(accountId, clientId)).toBeUndefined();
    expect(await store().families.rotate(makeRotation(family, 0), now)).toEqual({
      outcome: 'ended',
    });
    expect(await store().accounts.enable(makeId('usr_'), now)).toBe(false);
  });

  async function startSessions(count: number) {
    const connection = await connect(store());
    const sessions = Array.from({ length: count }, () => makeSession(connection.accountId));
    const families = sessions.flatMap(({ id }) => [
      makeFamily(connection, { sessionId: id, scopes: ['openid'] }),
      makeFamily(connection, { sessionId: id, scopes: ['openid', 'offline_access'] }),
    ]);
    for (const session of sessions) await store().sessions.start(session);
    for (const family of families) await store().families.start(family);
    const living = () => Promise.all(families.map(({ id }) => store().families.isAlive(id)));
    return { connection, sessions, living };
  }

  it('get another password, and their sessions end as by signing out', async () => {
    const { connection, sessions, living } = await startSessions(2);
    const { accountId, clientId } = connection;
    expect(await store().accounts.changePassword(accountId, { passwordHash: 'new' }, now)).toBe(
      true,
    );
    expect((await store().accounts.load(accountId))?.passwordHash).toBe('new');
    for (const { digest } of sessions)
      expect(await store().sessions.load(digest, 900, now)).toBeUndefined();
    expect(await living()).toEqual([false, true, false, true]);
    expect(await store().grants.load(accountId, clientId)).toBeDefined();
    expect(
      await store().accounts.changePassword(makeId('usr_'), { passwordHash: 'new' }, now),
    ).toBe(false);
  });

  it('get a mail in the act that changes the password, and only then', async () => {
    const account = makeAccount({ passwordHash: 'former' });
    await store().accounts.add(account);
    const [mail, late] = [makeId('mail_'), makeId('mail_')].map((id) =>
      makeDelivery({ id, kind: 'mail' }),
    );
    const first = { passwordHash: 'new', formerHash: 'former', mail };
    expect(await store().accounts.changePassword(account.id, first, now)).toBe(true);
    const second = { passwordHash: 'newer', formerHash: 'former', mail: late };
    expect(await store().accounts.changePassword(account.id, second, now)).toBe(false);
    const due = (await store().deliveries.takeDue(now, 10_000, 60)).map(({ id }) => id);
    expect([due.includes(mail?.id ?? ''), due.includes(late?.id ?? '')]).toEqual([true, false]);
  });

  it('get a new hash of the same password once, and nothing ends', async () => {
    const { connection, sessions, living } = await startSessions(1);
    const { accountId } = connection;
    const former = (await store().accounts.load(accountId))?.passwordHash ?? '';
    expect(await store().accounts.renewPasswordHash(accountId, former, 'anew')).toBe(true);
    expect(await store().accounts.renewPasswordHash(accountId, former, 'again')).toBe(false);
    expect((await store().accounts.load(accountId))?.passwordHash).toBe('anew');
    for (const { digest } of sessions)
      expect(await store().sessions.load(digest, 900, now)).toBeDefined();
    expect(await living()).toEqual([true, true]);
  });

  it('lose their grants with the former password if this is requested', async () => {
    const { connection, living } = await startSessions(1);
    const { accountId, clientId } = connection;
    await store().accounts.changePassword(
      accountId,
      { passwordHash: 'new', endsGrants: true },
      now,
    );
    expect(await living()).toEqual([false, false]);
    expect(await store().grants.load(accountId, clientId)).toBeUndefined();
  });

  it('keep one session under a new secret, with the families that it started', async () => {
    const { connection, sessions, living } = await startSessions(2);
    const { accountId } = connection;
    const session = makeSession(accountId);
    const target = makeLogoutTarget({ sessionId: sessions[0]!.id, accountId });
    const other = makeLogoutTarget({ sessionId: sessions[1]!.id, accountId });
    for (const one of [target, other]) await store().logouts.add(one);
    const next = { renewed: { session, formerDigest: sessions[0]!.digest } };
    await store().accounts.changePassword(accountId, { passwordHash: 'new', next }, now);
    for (const { digest } of sessions)
      expect(await store().sessions.load(digest, 900, now)).toBeUndefined();
    expect((await store().sessions.load(session.digest, 900, now))?.session).toStrictEqual(session);
    expect(await living()).toEqual([true, true, false, true]);
    const told = (await store().logouts.listEnded(1000)).map(({ sessionId }) => sessionId);
    expect(told).toContain(other.sessionId);
    expect(told).not.toContain(session.id);
  });

  it('get another password from only one of those who know the former one', async () => {
    const account = makeAccount({ passwordHash: 'former' });
    await store().accounts.add(account);
    const rivals = ['a', 'b', 'c', 'd'].map((passwordHash) =>
      store().accounts.changePassword(account.id, { passwordHash, formerHash: 'former' }, now),
    );
    expect((await Promise.all(rivals)).filter(Boolean)).toHaveLength(1);
  });

  it('get no password from a session that lacks their second factor', async () => {
    const account = makeAccount({ passwordHash: 'former' });
    await store().accounts.add(account);
    await enrol(store(), makeEnrolment(account.id));
    const change = (session: Session) => {
      const next = { started: { session, formerDigest: '' } };
      return store().accounts.changePassword(account.id, { passwordHash: 'new', next }, now);
    };
    const lacking = makeSession(account.id);
    expect(await change(lacking)).toBe(false);
    expect(await store().sessions.load(lacking.digest, 900, now)).toBeUndefined();
    expect((await store().accounts.load(account.id))?.passwordHash).toBe('former');
    const terms = { amr: ['pwd', 'otp', 'mfa'] };
    expect(await change(makeSession(account.id, { terms }))).toBe(true);
  });

  it.each(['ended', 'expired', 'of another account'])(
    'get no password from a session that goes on and is %s',
    async (state) => {
      const account = makeAccount({ passwordHash: 'former' });
      await store().accounts.add(account);
      const ofWhom = state === 'of another account' ? makeAccount() : account;
      if (ofWhom !== account) await store().accounts.add(ofWhom);
      const over = state === 'expired' ? { expiresAt: now } : {};
      const former = makeSession(ofWhom.id, over);
      await store().sessions.start(former);
      if (state === 'ended') await store().sessions.end(former.digest, now);
      const session = makeSession(account.id);
      const next = { renewed: { session, formerDigest: former.digest } };
      const change = { passwordHash: 'new', next };
      expect(await store().accounts.changePassword(account.id, change, now)).toBe(false);
      expect(await store().sessions.load(session.digest, 900, now)).toBeUndefined();
      expect((await store().accounts.load(account.id))?.passwordHash).toBe('former');
    },
  );

  it('refuse a sign-in if they were disabled, or their password changed, after the password was checked', async () => {
    const account = makeAccount({ passwordHash: 'former' });
    await store().accounts.add(account);
    const start = async (passwordHash: string) => {
      const session = makeSession(account.id);
      const started = await store().sessions.start(session, undefined, passwordHash);
      return [started, (await store().sessions.load(session.digest, 900, now)) !== undefined];
    };
    expect(await start('former')).toEqual([true, true]);
    await store().accounts.changePassword(account.id, { passwordHash: 'new' }, now);
    expect(await start('former')).toEqual([false, false]);
    expect(await start('new')).toEqual([true, true]);
    await store().accounts.disable(account.id, now);
    expect(await start('new')).toEqual([false, false]);
  });

  it('lose families without a session or with an expired one, except those with offline_access', async () => {
    const connection = await connect(store());
    const given = [{}, { sessionId: makeId('ses_') }, { scopes: ['openid', 'offline_access'] }];
    const families = given.map((over) => makeFamily(connection, over));
    for (const family of families) await store().families.start(family);
    await store().accounts.changePassword(connection.accountId, { passwordHash: 'new' }, now);
    const living = await Promise.all(families.map(({ id }) => store().families.isAlive(id)));
    expect(living).toEqual([false, false, true]);
  });

  it('lose approved requests of devices and CIBA that were not redeemed yet', async () => {
    const connection = await connect(store());
    const request = makeDeferred(connection);
    await store().deferred.add(request, now);
    await store().deferred.answer(makeDeferredAnswer(request.digest, connection), now);
    await store().accounts.changePassword(connection.accountId, { passwordHash: 'new' }, now);
    expect((await store().deferred.load(request.digest))?.status).toBe('denied');
  });

  it('keep no family of the former password, also if it starts during the change', async () => {
    const connection = await connect(store());
    const former = (await store().accounts.load(connection.accountId))?.passwordHash;
    const families = Array.from({ length: 12 }, () => makeFamily(connection));
    const start = (family: Family) => store().families.start(family, former);
    await Promise.all([
      ...families.slice(0, 6).map(start),
      store().accounts.changePassword(connection.accountId, { passwordHash: 'new' }, now),
      ...families.slice(6).map(start),
    ]);
    for (const { id } of families) expect(await store().families.isAlive(id)).toBe(false);
    const [late, right] = [makeFamily(connection), makeFamily(connection)];
    expect(await start(late)).toBe(false);
    expect(await store().families.start(right, 'new')).toBe(true);
  });

  it('keep no session of the former password, also if it starts during the change', async () => {
    const account = makeAccount({ passwordHash: 'former' });
    await store().accounts.add(account);
    const sessions = Array.from({ length: 12 }, () => makeSession(account.id));
    await Promise.all([
      ...sessions
        .slice(0, 6)
        .map((session) => store().sessions.start(session, undefined, 'former')),
      store().accounts.changePassword(account.id, { passwordHash: 'new' }, now),
      ...sessions.slice(6).map((session) => store().sessions.start(session, undefined, 'former')),
    ]);
    for (const { digest } of sessions)
      expect(await store().sessions.load(digest, 900, now)).toBeUndefined();
  });

  it('keep the version of the terms that a user accepted last, and when', async () => {
    const account = makeAccount({});
    await store().accounts.add(account);
    expect(await store().accounts.load(account.id)).not.toHaveProperty('accepted');
    for (const accepted of [
      { terms: '2026-01-01', at: 5 },
      { terms: '2026-12-01', at: 9 },
    ]) {
      expect(await store().accounts.acceptTerms(account.id, accepted)).toBe(true);
      expect((await store().accounts.load(account.id))?.accepted).toStrictEqual(accepted);
    }
    await store().accounts.disable(account.id, now);
    const later = { terms: '2027-01-01', at: 10 };
    expect(await store().accounts.acceptTerms(account.id, later)).toBe(false);
    expect(await store().accounts.acceptTerms(makeId('usr_'), later)).toBe(false);
  });

  it('keep the claims of a user as they are given, and lose the former ones (OpenID Connect Core §5.1)', async () => {
    const claims = { given_name: 'Ada', address: { locality: 'London' }, updated_at: 5 };
    const account = makeAccount({ claims });
    await store().accounts.add(account);
    expect((await store().accounts.load(account.id))?.claims).toStrictEqual(claims);
    expect(await store().accounts.saveClaims(account.id, { nickname: 'Countess' })).toBe(true);
    expect((await store().accounts.load(account.id))?.claims).toStrictEqual({
      nickname: 'Countess',
    });
    expect(await store().accounts.saveClaims(account.id, undefined)).toBe(true);
    expect(await store().accounts.load(account.id)).not.toHaveProperty('claims');
    expect(await store().accounts.saveClaims(makeId('usr_'), claims)).toBe(false);
  });

  it('are found by an active family, and by no other', async () => {
    const connection = await connect(store());
    const family = makeFamily(connection);
    await store().families.start(family);
    const found = await store().accounts.loadByFamily(family.id);
    expect(found).toStrictEqual(await store().accounts.load(connection.accountId));
    expect(found).toBeDefined();
    expect(await store().families.isAlive(family.id)).toBe(true);
    await store().families.end(family.id, now);
    expect(await store().accounts.loadByFamily(family.id)).toBeUndefined();
    expect(await store().families.isAlive(family.id)).toBe(false);
    expect(await store().families.isAlive('fam_unknown')).toBe(false);
  });

  it('are reported as missing when an unknown one is disabled', async () => {
    expect(await store().accounts.disable(makeId('usr_'), now)).toBe(false);
  });
});
