import { parentOfApiKey, statusListCapacity, type Store } from '@keywright/core';
import { describe, expect, it } from 'vitest';
import { performAct } from '../act.ts';
import { describeOnEveryEngine, engines, now } from '../testing-parts/contract.ts';
import { createMigrationTable, migrate } from '../migrate.ts';
import {
  addApiKey,
  connect,
  makeAgreement,
  makeClient,
  makeFamily,
  makeId,
  makeRotation,
  startFamily,
} from '../testing-parts/samples.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { boundStatusLists, assignStatus, listEndedStatuses } from './statuses.ts';

const hour = 3600;

/** Whether the index of this id is among those that ended within the last hour. */
async function isEnded(store: Store, id: string, at = now, since = at - hour): Promise<boolean> {
  const { list, index } = await store.statuses.assign(id);
  return (await store.statuses.ended(list, since, at)).includes(index);
}

describeOnEveryEngine('status indexes', (store) => {
  it('are given once, and the same id always gets the same index, also at once', async () => {
    const id = makeId('fam_');
    const places = await Promise.all(Array.from({ length: 20 }, () => store().statuses.assign(id)));
    expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(1);
    expect(await store().statuses.assign(id)).toEqual(places[0]);
  });

  it('belong to one id', async () => {
    const ids = Array.from({ length: 50 }, () => makeId('fam_'));
    const places = await Promise.all(ids.map((id) => store().statuses.assign(id)));
    expect(new Set(places.map(({ list, index }) => `${list}.${index}`)).size).toBe(50);
    expect(places.every(({ list, index }) => list === 1 && index < statusListCapacity)).toBe(true);
    expect(await store().statuses.lists()).toEqual({ first: 1, last: 1 });
  });

  it('end with their family, from the second of its end on, for as long as a query covers it', async () => {
    const family = await startFamily(store());
    expect(await isEnded(store(), family.id)).toBe(false);
    await store().families.end(family.id, now + 5);
    expect(await isEnded(store(), family.id, now + 5)).toBe(true);
    expect(await isEnded(store(), family.id, now + 9, now + 5)).toBe(true);
    expect(await isEnded(store(), family.id, now + 9, now + 6)).toBe(false);
  });

  it('end also if they were given after the end', async () => {
    const family = await startFamily(store());
    await store().families.end(family.id, now);
    expect(await isEnded(store(), family.id)).toBe(true);
  });

  it('end with a family whose refresh token is used again', async () => {
    const family = await startFamily(store());
    await store().families.rotate(makeRotation(family, 0), now);
    await store().families.rotate(makeRotation(family, 0), now + 31);
    expect(await isEnded(store(), family.id, now + 31)).toBe(true);
  });

  it('of a family and of its grant end with the grant', async () => {
    const connection = await connect(store());
    const family = makeFamily(connection);
    await store().families.start(family);
    expect(await isEnded(store(), connection.grantId)).toBe(false);
    await store().grants.end(connection.grantId, connection.accountId, now);
    expect(await isEnded(store(), family.id)).toBe(true);
    expect(await isEnded(store(), connection.grantId)).toBe(true);
  });

  it('of families and grants end with the account', async () => {
    const connection = await connect(store());
    const family = makeFamily(connection);
    await store().families.start(family);
    await store().accounts.disable(connection.accountId, now);
    expect(await isEnded(store(), family.id)).toBe(true);
    expect(await isEnded(store(), connection.grantId)).toBe(true);
  });

  it('of families, grants, API keys and the client itself end with the client', async () => {
    const connection = await connect(store());
    const family = makeFamily(connection);
    await store().families.start(family);
    const key = await addApiKey(store());
    expect(await isEnded(store(), connection.clientId)).toBe(false);
    await store().clients.disable(connection.clientId, now);
    await store().clients.disable(key.clientId, now);
    for (const id of [family.id, connection.grantId, connection.clientId, parentOfApiKey(key.id)])
      expect(await isEnded(store(), id)).toBe(true);
  });

  it('end with a client that is saved as disabled, at its first end; when it is saved as active it gets another', async () => {
    const client = makeClient();
    await store().clients.save({ ...client, status: 'disabled' });
    expect(await isEnded(store(), client.id)).toBe(true);
    await store().clients.disable(client.id, now + 50);
    expect(await isEnded(store(), client.id, now + 60, now + 1)).toBe(false);
    await store().clients.save(client);
    expect(await isEnded(store(), client.id)).toBe(false);
  });

  it('of a client stay ended when it is enabled again, and its later tokens get another index each time', async () => {
    const client = makeClient();
    await store().clients.save(client);
    const places: number[] = [];
    for (const at of [now, now + 10, now + 20]) {
      places.push((await store().statuses.assign(client.id)).index);
      expect(await isEnded(store(), client.id, at)).toBe(false);
      await store().clients.disable(client.id, at);
      if (at === now + 10) await store().clients.save(client);
      else await store().clients.enable(client.id, at + 5);
    }
    expect(new Set(places).size).toBe(3);
    expect(await store().statuses.ended(1, now - hour, now + 30)).toEqual(
      expect.arrayContaining(places),
    );
    expect(await isEnded(store(), client.id, now + 30)).toBe(false);
    // They are deleted long after their last token has expired, like those of any family.
    await store().prune(now + 2 * 86_400, 1000);
    expect(await store().statuses.ended(1, now - hour, now + 30)).not.toEqual(
      expect.arrayContaining(places),
    );
  });

  it('are active for what starts after a client was enabled, although it was disabled just before', async () => {
    const connection = await connect(store());
    await store().clients.disable(connection.clientId, now);
    await store().clients.enable(connection.clientId, now);
    const agreement = makeAgreement({
      accountId: connection.accountId,
      clientId: connection.clientId,
    });
    await store().grants.agree(agreement, undefined, now);
    expect(await isEnded(store(), agreement.grantId)).toBe(false);
    expect(await isEnded(store(), connection.grantId)).toBe(true);
  });

  it('end with an API key that is revoked, and with one that expires', async () => {
    const [revoked, expiring] = [
      await addApiKey(store()),
      await addApiKey(store(), { expiresAt: now + 10 }),
    ];
    await store().apiKeys.revoke(revoked.id, 'test', now);
    expect(await isEnded(store(), parentOfApiKey(revoked.id))).toBe(true);
    expect(await isEnded(store(), parentOfApiKey(expiring.id), now + 9)).toBe(false);
    expect(await isEnded(store(), parentOfApiKey(expiring.id), now + 10)).toBe(true);
  });

  it('are separate for each list', async () => {
    const family = await startFamily(store());
    await store().statuses.assign(family.id);
    await store().families.end(family.id, now);
    expect(await store().statuses.ended(2, now - hour, now)).toEqual([]);
  });
});

describe('in a store of its own', () => {
  function openConnection(): SqliteConnection {
    const connection = SqliteConnection.openForWriting({ file: ':memory:', busyTimeoutMs: 0 });
    connection.execute({ sql: createMigrationTable, params: [] });
    performAct(migrate(now), connection.execute);
    return connection;
  }

  it('a full list is followed by the next one', () => {
    const connection = openConnection();
    const { execute } = connection;
    expect(performAct(boundStatusLists(), execute)).toBeUndefined();
    const places = ['a', 'b', 'c', 'd', 'e', 'b'].map((id) =>
      performAct(assignStatus(id, 2), execute),
    );
    expect(places.map(({ list, index }) => [list, index])).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 1],
      [3, 0],
      [1, 1],
    ]);
    expect(performAct(boundStatusLists(), execute)).toEqual({ first: 1, last: 3 });
    connection.close();
  });

  it('a rotation does not write the index of ended families', () => {
    const connection = openConnection();
    const { execute } = connection;
    const root = execute({
      sql: "SELECT rootpage FROM sqlite_master WHERE name = 'families_by_ending'",
      params: [],
    }).rows[0]?.['rootpage'];
    const written = (sql: string) =>
      execute({ sql: `EXPLAIN ${sql}`, params: [] }).rows.filter(
        (row) => row['opcode'] === 'OpenWrite',
      );
    const touches = (sql: string) => written(sql).some((row) => row['p2'] === root);
    expect(
      touches(
        "UPDATE families SET current_digest = 'x', expires_at = 1, rotated_at = 2 WHERE id = 'y'",
      ),
    ).toBe(false);
    expect(touches("UPDATE families SET ended_at = 1 WHERE id = 'y'")).toBe(true);
    connection.close();
  });

  it('a query for ended indexes reads the ended rows, not the whole list', () => {
    const connection = openConnection();
    const { execute } = connection;
    const statements: string[] = [];
    performAct(listEndedStatuses(1, now - hour, now), (statement) => {
      const plan = execute({ ...statement, sql: `EXPLAIN QUERY PLAN ${statement.sql}` });
      statements.push(...plan.rows.map((row) => String(row['detail'])));
      return execute(statement);
    });
    const ofEntries = statements.filter((detail) => / e /.test(detail));
    expect(ofEntries).toHaveLength(6);
    for (const detail of ofEntries) expect(detail).toMatch(/^SEARCH e .*\(id=\?\)$/);
    connection.close();
  });
});

// A single writer runs acts in the order of the requests. For a database with many writers, see
// engine-postgres.test.ts.
describe.each(engines.filter(({ name }) => name.startsWith('SQLite')))(
  'a client with many grants, $name',
  ({ open }) => {
    it('is disabled in batches, and what is left is refused and reported as ended before its batch', async () => {
      const { store, close } = await open();
      const client = makeClient();
      await store.clients.save(client);
      const families = await Promise.all(
        Array.from({ length: 1201 }, async () => {
          const agreement = makeAgreement({ accountId: makeId('usr_'), clientId: client.id });
          await store.grants.agree(agreement, undefined, now);
          const family = makeFamily({ ...agreement, grantId: agreement.grantId });
          await store.families.start(family);
          return family;
        }),
      );
      // Batches follow the order of the grants, so the last grant waits longest.
      const last = families[1200]!;
      const place = await store.statuses.assign(last.id);
      const disabling = store.clients.disable(client.id, now);
      // Requested in the same turn: it is answered after the client was disabled and before the
      // second batch.
      const rotating = store.families.rotate(makeRotation(last, 0), now);
      expect(await rotating).toEqual({ outcome: 'ended' });
      expect((await store.families.load(last.id))?.endedAt).toBeUndefined();
      expect(await store.statuses.ended(1, now - hour, now)).toEqual([place.index]);
      expect(await disabling).toBe(true);
      for (const family of families)
        expect((await store.families.load(family.id))?.endedAt).toBe(now);
      expect(await store.grants.load(last.accountId, client.id)).toBeUndefined();
      expect(await store.statuses.ended(1, now - hour, now)).toEqual([place.index]);
      await close();
    });
  },
);
