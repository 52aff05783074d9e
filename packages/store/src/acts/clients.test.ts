import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../contract.ts';
import { makeClient, makeId, makeRotation, startFamily } from '../samples.ts';

describeOnEveryEngine('clients', (store) => {
  it('gives back a client as it was saved, with and without what is optional', async () => {
    const plain = makeClient();
    const full = makeClient({ publisher: 'Sunrise', homepage: 'https://sunrise.example' });
    await Promise.all([store().clients.save(plain), store().clients.save(full)]);
    expect(await store().clients.load(plain.id)).toStrictEqual(plain);
    expect(await store().clients.load(full.id)).toStrictEqual(full);
    expect(await store().clients.load('nobody')).toBeUndefined();
  });

  it('replaces a client that is saved again', async () => {
    const client = makeClient({ publisher: 'Sunrise' });
    await store().clients.save(client);
    const { publisher: _, ...renamed } = { ...client, name: 'Renamed', secrets: [] };
    await store().clients.save(renamed);
    expect(await store().clients.load(client.id)).toStrictEqual(renamed);
  });

  it('lists every client once, page by page', async () => {
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

  it('ends every family of a client with the client, in one act', async () => {
    const family = await startFamily(store());
    expect(await store().clients.disable(family.clientId, now + 1)).toBe(true);
    expect((await store().clients.load(family.clientId))?.status).toBe('disabled');
    expect((await store().families.load(family.id))?.endedAt).toBe(now + 1);
    expect(await store().families.rotate(makeRotation(family, 0), now + 1)).toEqual({ outcome: 'ended' });
  });

  it('ends the families of a client that is saved as disabled', async () => {
    const family = await startFamily(store());
    await store().clients.save(makeClient({ id: family.clientId, status: 'disabled' }));
    expect((await store().families.load(family.id))?.endedAt).toBe(now);
  });

  it('says that there is no such client to disable', async () => {
    expect(await store().clients.disable(makeId('client-'), now)).toBe(false);
  });
});
