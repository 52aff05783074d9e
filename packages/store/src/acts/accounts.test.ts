import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../contract.ts';
import { connect, makeAccount, makeFamily, makeId, makeRotation, makeSession } from '../samples.ts';

describeOnEveryEngine('accounts', (store) => {
  it('finds an account by its id and by the key of its address', async () => {
    const account = makeAccount({ emailVerified: false });
    expect(await store().accounts.add(account)).toBe(true);
    expect(await store().accounts.load(account.id)).toStrictEqual(account);
    expect(await store().accounts.loadByEmailKey(account.emailKey)).toStrictEqual(account);
    expect(await store().accounts.loadByEmailKey('nobody@example.org')).toBeUndefined();
  });

  it('gives one address to one account, also when several ask at once', async () => {
    const rivals = Array.from({ length: 10 }, () => makeAccount({ emailKey: 'one@example.org' }));
    const added = await Promise.all(rivals.map((account) => store().accounts.add(account)));
    expect(added.filter(Boolean)).toHaveLength(1);
    expect((await store().accounts.loadByEmailKey('one@example.org'))?.id).toBe(
      rivals[added.indexOf(true)]?.id,
    );
  });

  it('lists accounts page by page', async () => {
    await store().accounts.add(makeAccount());
    await store().accounts.add(makeAccount());
    const first = await store().accounts.list({ limit: 1 });
    const second = await store().accounts.list({ limit: 1, after: first.next ?? '' });
    expect(first.items).toHaveLength(1);
    expect(second.items[0]?.id).not.toBe(first.items[0]?.id);
  });

  it('ends sessions, grants and families of an account with the account, in one act', async () => {
    const connection = await connect(store());
    const family = makeFamily(connection);
    const session = makeSession(connection.accountId);
    await Promise.all([store().families.start(family), store().sessions.start(session)]);
    expect(await store().accounts.disable(connection.accountId, now)).toBe(true);
    expect((await store().accounts.load(connection.accountId))?.status).toBe('disabled');
    expect(await store().sessions.load(session.digest, 900, now)).toBeUndefined();
    expect(await store().grants.load(connection.accountId, connection.clientId)).toBeUndefined();
    expect(await store().families.rotate(makeRotation(family, 0), now)).toEqual({ outcome: 'ended' });
  });

  it('keeps claims about a person as they are given, and forgets those that were before (OpenID Connect Core §5.1)', async () => {
    const claims = { given_name: 'Ada', address: { locality: 'London' }, updated_at: 5 };
    const account = makeAccount({ claims });
    await store().accounts.add(account);
    expect((await store().accounts.load(account.id))?.claims).toStrictEqual(claims);
    expect(await store().accounts.saveClaims(account.id, { nickname: 'Countess' })).toBe(true);
    expect((await store().accounts.load(account.id))?.claims).toStrictEqual({ nickname: 'Countess' });
    expect(await store().accounts.saveClaims(account.id, undefined)).toBe(true);
    expect(await store().accounts.load(account.id)).not.toHaveProperty('claims');
    expect(await store().accounts.saveClaims(makeId('usr_'), claims)).toBe(false);
  });

  it('finds the account of a living family, and of no other', async () => {
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

  it('says that there is no such account to disable', async () => {
    expect(await store().accounts.disable(makeId('usr_'), now)).toBe(false);
  });
});
