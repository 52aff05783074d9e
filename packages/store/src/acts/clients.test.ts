import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  addApiKey,
  makeClient,
  makeId,
  makeRotation,
  startFamily,
} from '../testing-parts/samples.ts';

describeOnEveryEngine('clients', (store) => {
  it('are returned as they were saved, with and without optional members', async () => {
    const plain = makeClient();
    const full = makeClient({ publisher: 'Sunrise', homepage: 'https://sunrise.example' });
    await Promise.all([store().clients.save(plain), store().clients.save(full)]);
    expect(await store().clients.load(plain.id)).toStrictEqual(plain);
    expect(await store().clients.load(full.id)).toStrictEqual(full);
    expect(await store().clients.load('nobody')).toBeUndefined();
  });

  it('are replaced when they are saved again', async () => {
    const client = makeClient({ publisher: 'Sunrise' });
    await store().clients.save(client);
    const { publisher: _, ...renamed } = { ...client, name: 'Renamed', secrets: [] };
    await store().clients.save(renamed);
    expect(await store().clients.load(client.id)).toStrictEqual(renamed);
  });

  it('are changed only if they are as they were read', async () => {
    const former = makeClient({
      publisher: 'Sunrise',
      settings: { contacts: ['ops@sunrise.example'] },
    });
    await store().clients.save(former);
    const { publisher: _, settings: __, ...changed } = { ...former, name: 'Renamed', secrets: [] };
    for (const other of [
      { ...former, name: 'Other' },
      { ...former, publisher: 'Other' },
      { ...former, homepage: 'https://other.example' },
      { ...former, secrets: [] },
      { ...former, settings: { contacts: [] } },
      { ...former, status: 'disabled' as const },
      { ...former, id: 'client-nobody' },
    ])
      expect(await store().clients.update(changed, other, true, now)).toBe(false);
    expect(await store().clients.load(former.id)).toStrictEqual(former);
    expect(await store().clients.update(changed, former, false, now)).toBe(true);
    expect(await store().clients.load(former.id)).toStrictEqual(changed);
    expect(await store().clients.update(former, changed, false, now)).toBe(true);
    expect(await store().clients.load(former.id)).toStrictEqual(former);
  });

  it('accept one of many simultaneous changes', async () => {
    const former = makeClient();
    await store().clients.save(former);
    const changes = [1, 2, 3].map((count) =>
      store().clients.update({ ...former, name: `Name ${count}` }, former, false, now),
    );
    expect((await Promise.all(changes)).filter(Boolean)).toHaveLength(1);
  });

  it('stay disabled when they are changed', async () => {
    const client = makeClient();
    await store().clients.save(client);
    await store().clients.disable(client.id, now);
    const disabled = { ...client, status: 'disabled' } as const;
    expect(await store().clients.update({ ...client, name: 'Renamed' }, disabled, false, now)).toBe(
      true,
    );
    expect(await store().clients.load(client.id)).toMatchObject({
      name: 'Renamed',
      status: 'disabled',
    });
  });

  it('lose their grants with a change that ends them', async () => {
    const family = await startFamily(store());
    const client = await store().clients.load(family.clientId);
    if (client === undefined) throw new Error('no client');
    await store().clients.update({ ...client, trust: 'unverified' }, client, true, now + 1);
    expect(await store().families.isAlive(family.id)).toBe(false);
    expect(await store().grants.load(family.accountId, client.id)).toBeUndefined();
  });

  it('lose nothing with a change that comes too late', async () => {
    const family = await startFamily(store());
    const client = await store().clients.load(family.clientId);
    if (client === undefined) throw new Error('no client');
    const stale = { ...client, name: 'As it was before' };
    expect(
      await store().clients.update({ ...client, trust: 'unverified' }, stale, true, now + 1),
    ).toBe(false);
    expect(await store().families.isAlive(family.id)).toBe(true);
    expect(await store().grants.load(family.accountId, client.id)).toBeDefined();
  });

  it.each(['command', 'config'] as const)(
    'keeps one that came by itself for good once it is an administrator’s (%s)',
    async (origin) => {
      const former = makeClient({ origin: 'registration' });
      const room = { unusedSeconds: 60, mostUnused: 1_000_000 };
      await store().clients.add(former, room, now);
      const { id } = former;
      expect(await store().clients.update({ ...former, origin }, former, false, now)).toBe(true);
      await store().prune(now + 864_000, 500);
      expect(await store().clients.load(id)).toMatchObject({ origin });
    },
  );

  it('are listed once, page by page', async () => {
    const saved = [makeClient(), makeClient(), makeClient()];
    for (const client of saved) await store().clients.save(client);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await store().clients.list({ limit: 2, ...(after !== undefined && { after }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((client) => client.id));
      after = page.next;
    } while (after !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(saved.map((client) => client.id)));
  });

  it('lose every family and grant when they are disabled', async () => {
    const family = await startFamily(store());
    expect(await store().clients.disable(family.clientId, now + 1)).toBe(true);
    expect((await store().clients.load(family.clientId))?.status).toBe('disabled');
    expect((await store().families.load(family.id))?.endedAt).toBe(now + 1);
    expect(await store().grants.load(family.accountId, family.clientId)).toBeUndefined();
    expect(await store().families.rotate(makeRotation(family, 0), now + 1)).toEqual({
      outcome: 'ended',
    });
  });

  it('are enabled without their former grants, and say until when their tokens have ended', async () => {
    const family = await startFamily(store());
    const key = await addApiKey(store(), { clientId: family.clientId });
    expect(await store().clients.enable(family.clientId, now)).toBe(false);
    await store().clients.disable(family.clientId, now + 1);
    expect(await store().clients.enable(family.clientId, now + 9)).toBe(true);
    expect(await store().clients.load(family.clientId)).toMatchObject({
      status: 'active',
      tokensEndedAt: now + 1,
    });
    expect((await store().families.load(family.id))?.endedAt).toBe(now + 1);
    expect(await store().grants.load(family.accountId, family.clientId)).toBeUndefined();
    expect((await store().apiKeys.load(key.id))?.revokedAt).toBe(now + 1);
    await store().clients.disable(family.clientId, now + 20);
    await store().clients.enable(family.clientId, now + 30);
    expect(await store().clients.load(family.clientId)).toMatchObject({ tokensEndedAt: now + 20 });
    expect(await store().clients.enable(makeId('client-'), now)).toBe(false);
  });

  it('lose nothing when they are active and saved again', async () => {
    const family = await startFamily(store());
    const client = (await store().clients.load(family.clientId)) ?? makeClient();
    await store().clients.save({ ...client, name: 'Renamed' });
    expect(await store().families.load(family.id)).not.toHaveProperty('endedAt');
    expect(await store().grants.load(family.accountId, family.clientId)).toBeDefined();
    expect(await store().clients.load(client.id)).not.toHaveProperty('tokensEndedAt');
  });

  it('lose their families when they are saved as disabled', async () => {
    const family = await startFamily(store());
    await store().clients.save(makeClient({ id: family.clientId, status: 'disabled' }));
    expect((await store().families.load(family.id))?.endedAt).toBe(now);
  });

  it('are listed by their provenance', async () => {
    const [declared, added] = [makeClient({ origin: 'config' }), makeClient({ origin: 'command' })];
    await store().clients.save(declared);
    await store().clients.save(added);
    const { items } = await store().clients.list({ origin: 'config', limit: 1000 });
    const ids = items.map((client) => client.id);
    expect(ids).toContain(declared.id);
    expect(ids).not.toContain(added.id);
  });

  it('get new secrets, and no other change, if they are active and have the former ones', async () => {
    const client = makeClient();
    await store().clients.save(client);
    const renewed = [
      ...client.secrets,
      { id: 'sec_2', digest: 'd', createdAt: now, expiresAt: now + 9 },
    ];
    expect(await store().clients.replaceSecrets(client.id, [], renewed)).toBe(false);
    expect(await store().clients.replaceSecrets('client-nobody', [], renewed)).toBe(false);
    const tried = [renewed, renewed, renewed].map((secrets) =>
      store().clients.replaceSecrets(client.id, client.secrets, secrets),
    );
    // The engine decides which of them is the first.
    expect((await Promise.all(tried)).filter(Boolean)).toHaveLength(1);
    expect(await store().clients.replaceSecrets(client.id, client.secrets, [])).toBe(false);
    expect(await store().clients.load(client.id)).toStrictEqual({ ...client, secrets: renewed });
  });

  it('get no new secret if they were disabled meanwhile, and stay disabled', async () => {
    const client = makeClient();
    await store().clients.save(client);
    await store().clients.disable(client.id, now);
    expect(await store().clients.replaceSecrets(client.id, client.secrets, [])).toBe(false);
    expect(await store().clients.load(client.id)).toStrictEqual({ ...client, status: 'disabled' });
  });

  it('are reported as missing when an unknown one is disabled', async () => {
    expect(await store().clients.disable(makeId('client-'), now)).toBe(false);
  });

  it('keep the latest use of each secret, in any order of the uses', async () => {
    const { id, secrets } = makeClient();
    const secretId = `${secrets[0]?.id ?? 'sec'} ${id}`;
    const { clients } = store();
    expect(await clients.secretUses(id)).toEqual(new Map());
    await clients.touchSecret(id, secretId, now + 20);
    await Promise.all(
      [now + 10, now + 30, now + 5].map((at) => clients.touchSecret(id, secretId, at)),
    );
    await clients.touchSecret(id, `${secretId} other`, now);
    expect(await clients.secretUses(id)).toEqual(
      new Map([
        [secretId, now + 30],
        [`${secretId} other`, now],
      ]),
    );
    expect(await clients.secretUses('nobody')).toEqual(new Map());
  });
});
