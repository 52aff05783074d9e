import { describe, expect, it } from 'vitest';
import { describeOnEveryEngine, engines, now } from '../testing-parts/contract.ts';
import { addApiKey, makeApiKey, makeClient, makeId } from '../testing-parts/samples.ts';

const day = 86_400;

/** Another key that replaces `former`. */
function makeSuccessor(former: { readonly id: string; readonly clientId: string }) {
  return { ...makeApiKey(former.clientId), replaces: former.id };
}

describeOnEveryEngine('API keys', (store) => {
  it('are returned as they were added, with and without optional members', async () => {
    const plain = await addApiKey(store());
    const full = await addApiKey(store(), {
      networks: ['10.0.0.0/8', '2001:db8::/32'],
      expiresAt: now + day,
      replaces: makeId('former'),
    });
    expect(await store().apiKeys.load(plain.id)).toStrictEqual(plain);
    expect(await store().apiKeys.load(full.id)).toStrictEqual(full);
    expect(await store().apiKeys.load('nobody')).toBeUndefined();
  });

  it('are not added for a client that is unknown or disabled', async () => {
    const client = makeClient({ status: 'disabled' });
    await store().clients.save(client);
    for (const clientId of [client.id, makeId('nobody')]) {
      const key = makeApiKey(clientId);
      expect(await store().apiKeys.add(key, 1000, now)).toEqual({ outcome: 'client-inactive' });
      expect(await store().apiKeys.load(key.id)).toBeUndefined();
    }
  });

  it('are never more for an API than it may have, also when fifty are added at once', async () => {
    const audience = makeId('https://full.example/');
    const { clientId, id } = await addApiKey(store(), { audience });
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () =>
        store().apiKeys.add(makeApiKey(clientId, { audience }), 5, now),
      ),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'added')).toHaveLength(4);
    expect(outcomes.filter(({ outcome }) => outcome === 'too-many')).toHaveLength(46);
    await store().apiKeys.revoke(id, 'room', now);
    const again = await store().apiKeys.add(makeApiKey(clientId, { audience }), 5, now);
    expect(again).toEqual({ outcome: 'added' });
  });

  it('are listed once, page by page, by client, by API and by whether they are active', async () => {
    const audience = makeId('https://listed.example/');
    const living = await addApiKey(store(), { audience });
    const ending = makeApiKey(living.clientId, { audience, expiresAt: now + 10 });
    const elsewhere = makeApiKey(living.clientId);
    for (const key of [ending, elsewhere]) await store().apiKeys.add(key, 1000, now);
    const ids = async (filter: Parameters<ReturnType<typeof store>['apiKeys']['list']>[0]) => {
      const found: string[] = [];
      let after: string | undefined;
      do {
        const page = await store().apiKeys.list(filter, {
          limit: 2,
          ...(after !== undefined && { after }),
        });
        found.push(...page.items.map((key) => key.id));
        after = page.next;
      } while (after !== undefined);
      return found;
    };
    expect(await ids({ clientId: living.clientId })).toEqual([living.id, ending.id, elsewhere.id]);
    expect(await ids({ audience })).toEqual([living.id, ending.id]);
    expect(await ids({ audience, aliveAt: now + 9 })).toEqual([living.id, ending.id]);
    expect(await ids({ audience, aliveAt: now + 10 })).toEqual([living.id]);
    expect(await ids({})).toEqual(expect.arrayContaining([living.id, ending.id, elsewhere.id]));
  });

  it('are revoked once, and keep the first time and reason', async () => {
    const key = await addApiKey(store());
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        store().apiKeys.revoke(key.id, `reason ${index}`, now + index),
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await store().apiKeys.revoke(key.id, 'later', now + day)).toBe(false);
    expect(await store().apiKeys.revoke('nobody', 'x', now)).toBe(false);
    const index = answers.indexOf(true);
    expect(await store().apiKeys.load(key.id)).toStrictEqual({
      ...key,
      revokedAt: now + index,
      revokedBecause: `reason ${index}`,
    });
  });

  it('are neither listed as active nor rotated after they were revoked or expired', async () => {
    const audience = makeId('https://ended.example/');
    const revoked = await addApiKey(store(), { audience, expiresAt: now + day });
    const expired = await addApiKey(store(), { audience, expiresAt: now + 5 });
    await store().apiKeys.revoke(revoked.id, 'lost', now);
    expect((await store().apiKeys.list({ audience, aliveAt: now + 5 })).items).toEqual([]);
    for (const former of [revoked, expired, { ...revoked, id: 'nobody' }]) {
      const successor = makeSuccessor(former);
      expect(await store().apiKeys.rotate(successor, now + day, now + 5)).toEqual({
        outcome: 'ended',
      });
      expect(await store().apiKeys.load(successor.id)).toBeUndefined();
    }
    expect((await store().apiKeys.load(expired.id))?.expiresAt).toBe(now + 5);
  });

  it('are neither active nor rotated if they were revoked by a clock that is ahead of ours', async () => {
    const [lost, left] = [await addApiKey(store()), await addApiKey(store())];
    await store().apiKeys.revoke(lost.id, 'lost', now + 5);
    await store().clients.disable(left.clientId, now + 5);
    for (const former of [lost, left]) {
      const { clientId } = former;
      expect((await store().apiKeys.list({ clientId, aliveAt: now })).items).toEqual([]);
      const successor = makeSuccessor(former);
      expect(await store().apiKeys.rotate(successor, now + day, now)).toEqual({ outcome: 'ended' });
      expect(await store().apiKeys.load(successor.id)).toBeUndefined();
    }
  });

  it('are rotated in one act, which adds the successor and gives the former key an end', async () => {
    const former = await addApiKey(store());
    const successor = makeSuccessor(former);
    expect(await store().apiKeys.rotate(successor, now + day, now)).toEqual({ outcome: 'rotated' });
    expect(await store().apiKeys.load(successor.id)).toStrictEqual(successor);
    expect(await store().apiKeys.load(former.id)).toStrictEqual({
      ...former,
      expiresAt: now + day,
    });
    const alive = async (at: number) =>
      (await store().apiKeys.list({ clientId: former.clientId, aliveAt: at })).items.map(
        (key) => key.id,
      );
    expect(await alive(now + day - 1)).toEqual([former.id, successor.id]);
    expect(await alive(now + day)).toEqual([successor.id]);
  });

  it('are never valid for longer because of a rotation', async () => {
    const former = await addApiKey(store(), { expiresAt: now + 60 });
    await store().apiKeys.rotate(makeSuccessor(former), now + day, now);
    expect((await store().apiKeys.load(former.id))?.expiresAt).toBe(now + 60);
  });

  it('get one successor when one key is rotated fifty times at once', async () => {
    const former = await addApiKey(store());
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () =>
        store().apiKeys.rotate(makeSuccessor(former), now + day, now),
      ),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'rotated')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'replaced-before')).toHaveLength(49);
    expect((await store().apiKeys.list({ clientId: former.clientId })).items).toHaveLength(2);
  });

  it('have a last use that moves only forward, never past now, and only for their own API', async () => {
    const key = await addApiKey(store());
    const { audience, id } = key;
    const used = async () => (await store().apiKeys.load(id))?.lastUsedAt;
    await store().apiKeys.touch('https://other.example', [{ id, at: now }], now);
    expect(await used()).toBeUndefined();
    await store().apiKeys.touch(
      audience,
      [
        { id, at: now - 60 },
        { id: 'nobody', at: now },
      ],
      now,
    );
    expect(await used()).toBe(now - 60);
    await store().apiKeys.touch(audience, [{ id, at: now - 90 }], now);
    expect(await used()).toBe(now - 60);
    await store().apiKeys.touch(audience, [{ id, at: now + 9999 }], now);
    expect(await used()).toBe(now);
  });

  it('end with their client, in one act, whether it is disabled or saved as disabled', async () => {
    const [one, other, untouched] = [
      await addApiKey(store()),
      await addApiKey(store()),
      await addApiKey(store()),
    ];
    await store().apiKeys.revoke(one.id, 'lost', now);
    const second = makeApiKey(one.clientId);
    await store().apiKeys.add(second, 1000, now);
    await store().clients.disable(one.clientId, now + 1);
    await store().clients.save(makeClient({ id: other.clientId, status: 'disabled' }));
    const state = async (id: string) => {
      const { revokedAt, revokedBecause } = (await store().apiKeys.load(id)) ?? {};
      return [revokedAt, revokedBecause];
    };
    expect(await state(one.id)).toEqual([now, 'lost']);
    expect(await state(second.id)).toEqual([now + 1, 'its client was disabled']);
    expect(await state(other.id)).toEqual([now, 'its client was disabled']);
    expect(await state(untouched.id)).toEqual([undefined, undefined]);
  });
});

describe.each(engines)('pruning API keys, $name', ({ open }) => {
  it('deletes a key 90 days after it was revoked or expired, whichever was first', async () => {
    const { store, close } = await open();
    const living = await addApiKey(store);
    const expiring = await addApiKey(store, { expiresAt: now + 10 });
    const revoked = await addApiKey(store, { expiresAt: now + 1000 * day });
    await store.apiKeys.revoke(expiring.id, 'late', now + 50 * day);
    await store.apiKeys.revoke(revoked.id, 'lost', now + day);
    expect(await store.prune(now + 10 + 90 * day - 1, 100)).toBe(0);
    expect(await store.prune(now + 10 + 90 * day, 100)).toBe(1);
    expect(await store.apiKeys.load(expiring.id)).toBeUndefined();
    expect(await store.prune(now + 91 * day, 100)).toBe(1);
    expect(await store.apiKeys.load(revoked.id)).toBeUndefined();
    expect(await store.prune(now + 9999 * day, 100)).toBe(0);
    expect(await store.apiKeys.load(living.id)).toStrictEqual(living);
    await close();
  });
});
