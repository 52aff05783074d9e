import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../contract.ts';
import { makeAccount, makeSession } from '../samples.ts';

describeOnEveryEngine('sessions', (store) => {
  it('finds a session by its digest until its absolute end', async () => {
    const session = makeSession('usr_elsewhere', { expiresAt: now + 100 });
    await store().sessions.start(session);
    expect(await store().sessions.load(session.digest, 900, now + 99)).toStrictEqual(session);
    expect(await store().sessions.load(session.digest, 900, now + 100)).toBeUndefined();
  });

  it('loses a session that was not seen for the idle time, and keeps one that was', async () => {
    const session = makeSession('usr_elsewhere');
    await store().sessions.start(session);
    expect(await store().sessions.load(session.digest, 900, now + 900)).toBeUndefined();
    await store().sessions.touch(session.digest, now + 800);
    expect((await store().sessions.load(session.digest, 900, now + 900))?.lastSeenAt).toBe(now + 800);
  });

  it('never moves the last sight of a session backwards', async () => {
    const session = makeSession('usr_elsewhere');
    await store().sessions.start(session);
    await store().sessions.touch(session.digest, now - 100);
    expect((await store().sessions.load(session.digest, 900, now))?.lastSeenAt).toBe(now);
  });

  it('ends the former session of the browser as it starts the new one', async () => {
    const [former, session] = [makeSession('usr_elsewhere'), makeSession('usr_elsewhere')];
    await store().sessions.start(former);
    await store().sessions.start(session, former.digest);
    expect(await store().sessions.load(former.digest, 900, now)).toBeUndefined();
    expect(await store().sessions.load(session.digest, 900, now)).toStrictEqual(session);
  });

  it('forgets a session that was ended', async () => {
    const session = makeSession('usr_elsewhere');
    await store().sessions.start(session);
    await store().sessions.end(session.digest);
    expect(await store().sessions.load(session.digest, 900, now)).toBeUndefined();
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
