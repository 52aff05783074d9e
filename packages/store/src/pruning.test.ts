import type { StatusEntry } from '@keywright/core';
import { describe, expect, it } from 'vitest';
import { engines, now } from './testing-parts/contract.ts';
import {
  addApiKey,
  connect,
  makeCode,
  makeFamily,
  makeKey,
  makeRotation,
  makeSession,
} from './testing-parts/samples.ts';

const hour = 3600;
const day = 24 * hour;

describe.each(engines)('pruning, $name', ({ open }) => {
  it('deletes nothing that is active', async () => {
    const { store, close } = await open();
    const connection = await connect(store);
    await store.families.start(makeFamily(connection));
    await store.codes.issue(
      { code: makeCode(connection), marker: { id: 'p', expiresAt: now + 600 } },
      now,
    );
    await store.sessions.start(makeSession(connection.accountId));
    await store.keys.addFirst([makeKey()]);
    await store.throttles.take([{ key: 'b', intervalSeconds: 60, burst: 1 }], now);
    expect(await store.prune(now, 100)).toBe(0);
    await close();
  });

  it('deletes each row when it has ended for long enough', async () => {
    const { store, close } = await open();
    const connection = await connect(store);
    const [family, code, session] = [
      makeFamily(connection),
      makeCode(connection),
      makeSession('usr_a'),
    ];
    const retired = makeKey({ retiredAt: now + day });
    await store.families.start(family);
    await store.codes.issue({ code, marker: { id: 'p', expiresAt: now + 600 } }, now);
    await store.sessions.start(session);
    await store.keys.addFirst([retired]);
    await store.throttles.take([{ key: 'b', intervalSeconds: 60, burst: 1 }], now);

    // Two hours after they have expired, so that a clock that is ahead by this much deletes nothing
    // active.
    expect(await store.prune(now + 2 * hour, 100)).toBe(0);
    expect(await store.prune(now + 2 * hour + 600, 100)).toBe(2); // the marker and the bucket
    expect(await store.codes.load(code.digest)).toBeDefined();
    expect(await store.prune(now + day + 60, 100)).toBe(1); // the code
    expect(await store.families.load(family.id)).toBeDefined();
    expect(await store.prune(now + day + 1000, 100)).toBe(1); // the family, after its idle end
    expect(await store.prune(now + day + 2 * hour, 100)).toBe(2); // the session and the key
    await store.grants.end(connection.grantId, connection.accountId, now + day);
    expect(await store.prune(now + 2 * day, 100)).toBe(1); // the grant
    expect(await store.prune(now + 100 * day, 100)).toBe(0);
    await close();
  });

  it('keeps a family while its rotations keep it active', async () => {
    const { store, close } = await open();
    const family = makeFamily(await connect(store), { absoluteExpiresAt: now + 100 * day });
    await store.families.start(family);
    await store.families.rotate(makeRotation(family, 0, { expiresAt: now + 10 * day }), now);
    expect(await store.prune(now + 5 * day, 100)).toBe(0);
    await store.families.rotate(
      makeRotation(family, 1, { expiresAt: now + 20 * day }),
      now + 9 * day,
    );
    expect(await store.prune(now + 15 * day, 100)).toBe(0);
    expect(await store.prune(now + 21 * day - 1, 100)).toBe(0);
    expect(await store.prune(now + 21 * day, 100)).toBe(1);
    await close();
  });

  it('forgets an ended family after a day, and a code used again then ends nothing', async () => {
    const { store, close } = await open();
    const family = makeFamily(await connect(store), {
      expiresAt: now + 30 * day,
      absoluteExpiresAt: now + 99 * day,
    });
    await store.families.start(family);
    await store.families.end(family.id, now);
    expect(await store.prune(now + day - 1, 100)).toBe(0);
    expect(await store.prune(now + day, 100)).toBe(1);
    expect(await store.families.rotate(makeRotation(family, 0), now + day)).toEqual({
      outcome: 'ended',
    });
    await close();
  });

  it('carries the last use of deleted families over to their grant', async () => {
    const { store, close } = await open();
    const connection = await connect(store);
    const family = makeFamily(connection, { expiresAt: now + 100 });
    await store.families.start(family);
    await store.families.rotate(makeRotation(family, 0, { expiresAt: now + 100 }), now + 77);
    await store.prune(now + 2 * day, 100);
    expect(await store.families.load(family.id)).toBeUndefined();
    expect((await store.grants.load(connection.accountId, connection.clientId))?.lastUsedAt).toBe(
      now + 77,
    );
    await close();
  });

  it('deletes no more than the limit from a table at a time', async () => {
    const { store, close } = await open();
    const connection = await connect(store);
    await Promise.all(
      Array.from({ length: 10 }, () => store.families.start(makeFamily(connection))),
    );
    await Promise.all(Array.from({ length: 3 }, () => store.sessions.start(makeSession('usr_a'))));
    const later = now + 10 * day;
    expect([
      await store.prune(later, 4),
      await store.prune(later, 4),
      await store.prune(later, 4),
    ]).toEqual([7, 4, 2]);
    await close();
  });

  it('keeps a status index as long as its parent, and no longer', async () => {
    const { store, close } = await open();
    const connection = await connect(store);
    const [living, ended] = [makeFamily(connection), makeFamily(connection)];
    await Promise.all([living, ended].map((family) => store.families.start(family)));
    const key = await addApiKey(store);
    const ids = [living.id, ended.id, connection.grantId, connection.clientId, `key_${key.id}`];
    const places = await Promise.all(ids.map((id) => store.statuses.assign(id)));
    const kept = async () => {
      const again: StatusEntry[] = [];
      for (const id of ids) again.push(await store.statuses.assign(id));
      return places.map((place, at) => JSON.stringify(place) === JSON.stringify(again[at]));
    };
    await store.families.end(ended.id, now);
    await store.families.rotate(makeRotation(living, 0, { expiresAt: now + 3 * day }), now);
    await store.prune(now + day - 1, 100);
    expect(await kept()).toEqual([true, true, true, true, true]);
    await store.prune(now + day, 100);
    expect(await store.families.load(ended.id)).toBeUndefined();
    expect(await kept()).toEqual([true, false, true, true, true]);
    await store.grants.end(connection.grantId, connection.accountId, now + day);
    await store.apiKeys.revoke(key.id, 'test', now);
    await store.prune(now + 2 * day, 100);
    expect(await kept()).toEqual([false, false, false, true, true]);
    await store.prune(now + 90 * day, 100);
    expect(await kept()).toEqual([false, false, false, true, false]);
    await close();
  });

  it('deletes the last use of a secret that nobody has used for more than a year', async () => {
    const { store, close } = await open();
    await store.clients.touchSecret('client-a', 'sec_a', now);
    await store.clients.touchSecret('client-a', 'sec_b', now + 1);
    await store.prune(now + 400 * day, 100);
    expect([...(await store.clients.secretUses('client-a')).keys()]).toEqual(['sec_b']);
    await close();
  });
});
