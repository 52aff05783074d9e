import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import { connect, makeAccount, makeAgreement, makeClient } from '../testing-parts/samples.ts';

const day = 86_400;
const room = { unusedSeconds: day, mostUnused: 1_000_000 };
/** Long after everything that is checked within a day. */
const later = now + 3 * day;

describeOnEveryEngine('dynamic clients', (store) => {
  const agree = async (clientId: string) => {
    const account = makeAccount();
    await store().accounts.add(account);
    await store().grants.agree(makeAgreement({ accountId: account.id, clientId }), undefined, now);
  };

  it('are stored as they were added, and are added once', async () => {
    const client = makeClient({ origin: 'registration', settings: { softwareId: 'x' } });
    expect(await store().clients.add(client, room, now)).toBe(true);
    expect(await store().clients.add({ ...client, name: 'Another' }, room, now)).toBe(false);
    expect(await store().clients.load(client.id)).toStrictEqual(client);
  });

  it('of an administrator are added once by many at the same time, and stay', async () => {
    const client = makeClient();
    const added = [1, 2, 3].map(() => store().clients.add(client, undefined, now));
    expect((await Promise.all(added)).filter(Boolean)).toHaveLength(1);
    await store().prune(later, 500);
    expect(await store().clients.load(client.id)).toStrictEqual(client);
  });

  it('are bounded in number while nobody has agreed to them', async () => {
    const { items } = await store().clients.list({ origin: 'registration', limit: 1000 });
    const most = items.length + 2;
    const added = [1, 2, 3, 4].map(() =>
      store().clients.add(
        makeClient({ origin: 'registration' }),
        { ...room, mostUnused: most },
        now,
      ),
    );
    expect((await Promise.all(added)).filter(Boolean)).toHaveLength(2);
    const one =
      (await store().clients.list({ origin: 'registration', limit: 1 })).items[0]?.id ?? '';
    await agree(one);
    expect(
      await store().clients.add(
        makeClient({ origin: 'registration' }),
        { ...room, mostUnused: most },
        now,
      ),
    ).toBe(true);
  });

  it('are replaced after an hour when the bound is reached, the oldest first, and never one that is in use', async () => {
    const [used, first, second] = [1, 2, 3].map((at) =>
      makeClient({ origin: 'registration', createdAt: now - day + at }),
    );
    if (used === undefined || first === undefined || second === undefined) throw new Error('three');
    for (const client of [used, first, second])
      await store().clients.add(client, { ...room, unusedSeconds: 60 }, client.createdAt);
    await agree(used.id);
    const full = { ...room, mostUnused: 1 };
    const add = (createdAt: number) =>
      store().clients.add(makeClient({ origin: 'registration', createdAt }), full, createdAt);
    expect(await add(first.createdAt + 3599)).toBe(false);
    expect(await add(first.createdAt + 3600)).toBe(true);
    const kept = await Promise.all([used, first, second].map(({ id }) => store().clients.load(id)));
    expect(kept.map((one) => one?.id)).toEqual([used.id, undefined, second.id]);
    expect(await add(first.createdAt + 3600)).toBe(false);
  });

  it('are updated from their document, and never after they were disabled', async () => {
    const client = makeClient({ id: 'https://app.example/one', origin: 'document' });
    expect(await store().clients.describe(client, day, now)).toBe(true);
    const renamed = { ...client, name: 'Renamed' };
    expect(await store().clients.describe({ ...renamed, createdAt: now + 5 }, day, now)).toBe(true);
    expect(await store().clients.load(client.id)).toStrictEqual(renamed);
    await store().clients.disable(client.id, now);
    expect(await store().clients.describe(client, day, now)).toBe(false);
    expect((await store().clients.load(client.id))?.status).toBe('disabled');
  });

  it('never replace a client of another provenance', async () => {
    const declared = makeClient({ origin: 'config' });
    await store().clients.save(declared);
    expect(await store().clients.describe({ ...declared, origin: 'document' }, day, now)).toBe(
      false,
    );
    expect(await store().clients.load(declared.id)).toStrictEqual(declared);
  });

  it('are deleted when nobody has agreed to them in time, and all others stay', async () => {
    const [unused, used] = [
      makeClient({ origin: 'registration' }),
      makeClient({ origin: 'registration' }),
    ];
    for (const client of [unused, used]) await store().clients.add(client, room, now);
    await agree(used.id);
    const described = makeClient({ id: 'https://app.example/described', origin: 'document' });
    const blocked = makeClient({ id: 'https://app.example/blocked', origin: 'document' });
    for (const client of [described, blocked]) await store().clients.describe(client, day, now);
    await store().clients.disable(blocked.id, now);
    const { clientId: declared } = await connect(store());
    await store().prune(now + day, 500);
    for (const { id } of [unused, described]) expect(await store().clients.load(id)).toBeDefined();
    await store().prune(later, 500);
    for (const { id } of [unused, described])
      expect(await store().clients.load(id)).toBeUndefined();
    for (const id of [used.id, blocked.id, declared])
      expect(await store().clients.load(id)).toBeDefined();
  });

  it('stay while they are in use, however few are checked at once', async () => {
    const used = [1, 2, 3].map(() => makeClient({ origin: 'registration' }));
    for (const client of used) {
      await store().clients.add(client, room, now);
      await agree(client.id);
    }
    await store().prune(later, 1);
    for (const { id } of used) expect(await store().clients.load(id)).toBeDefined();
  });

  it('are deleted later, when their last user has taken the consent back', async () => {
    const client = makeClient({ origin: 'registration' });
    await store().clients.add(client, room, now);
    await agree(client.id);
    await store().prune(later, 500);
    await store().clients.disable(client.id, later);
    await store().prune(later + 2 * day, 500);
    expect(await store().clients.load(client.id)).toBeDefined();
    await store().prune(later + 100 * day, 500);
    expect(await store().clients.load(client.id)).toBeUndefined();
  });
});
