/** Anything that is forgotten about a thing of the store does not compile, or fails here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ReplayMarkerStore, sealedPlaces } from '@keywright/core';
import { describe, expect, it } from 'vitest';
import { performAct } from '../act.ts';
import { type Kept, single } from '../kept.ts';
import { createMigrationTable, migrate } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { fill } from '../migrations/testing-parts/extensions.ts';
import { operationNames } from '../observed-engine.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { createStore } from '../store.ts';
import { now } from '../testing-parts/contract.ts';
import { performEveryVerb } from '../testing-parts/every-verb.ts';
import { makeClient } from '../testing-parts/samples.ts';
import { describeData, describeTables } from '../transfer/tables.ts';
import { claims } from './claims.ts';
import { kept, prunedTables, tables } from './index.ts';

const schema = describeTables(migrations.length)
  .map(({ name }) => name)
  .filter((name) => name !== 'migrations');
const owned = Object.values(kept).flatMap((thing) => Object.keys(thing.tables));
const documented = readFileSync(join(import.meta.dirname, '../../../../docs/storage.md'), 'utf8');

const rowsOfTables = (text: string) =>
  [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, table]) => table);

/** The members of one list that are not in the other. */
const differences = (one: Iterable<string>, other: Iterable<string>): readonly string[] => [
  ...new Set(one).symmetricDifference(new Set(other)),
];

function openInMemory() {
  const connection = SqliteConnection.openForWriting({ file: ':memory:', busyTimeoutMs: 0 });
  connection.execute({ sql: createMigrationTable, params: [] });
  performAct(migrate(now), connection.execute);
  return connection;
}

describe('a table', () => {
  it('belongs to one thing, which declares by which rule its rows are deleted', () => {
    expect(differences(owned, schema)).toEqual([]);
    expect(owned).toHaveLength(schema.length);
    expect([...tables.keys()]).toEqual(owned);
  });

  it('has a reason if it is not pruned', () => {
    const kept = [...tables].flatMap(([table, rule]) =>
      typeof rule === 'function' ? [] : [[table, rule]],
    );
    for (const [, rule] of kept) expect(rule).toEqual({ keeps: expect.stringMatching(/\w{3}/) });
    expect(kept.map(([table]) => table)).toEqual([
      'second_factors',
      'recovery_codes',
      'accounts',
      'passkeys',
      'apis',
      'seals',
      'permissions',
      'links',
      'status_entries',
      'audit',
      'audit_heads',
      'leases',
    ]);
  });

  it('that is pruned loses its ended rows, and has a row in the frozen stores', async () => {
    const connection = openInMemory();
    const store = createStore(
      {
        act: async (written, ...args) => performAct(written.act(...args), connection.execute),
        read: async (act) => performAct(act, connection.execute),
        // oxlint-disable-next-line require-yield -- it asks nothing
        *isFrozen() {
          return false;
        },
        close: async () => connection.close(),
      },
      { nowSeconds: () => now },
    );
    const count = () =>
      prunedTables.map(
        (table) => connection.execute({ sql: `SELECT 1 FROM ${table}`, params: [] }).changes,
      );
    await fill(store, migrations.length);
    await store.clients.add(makeClient(), { unusedSeconds: 60, mostUnused: 10 }, now);
    const before = count();
    while ((await store.prune(now + 1_000_000_000, 100)) > 0);
    const after = count();
    expect(
      prunedTables.filter((_, index) => Number(after[index]) >= Number(before[index])),
    ).toEqual([]);
    await store.close();
  });

  it('is in an archive, unless it belongs to the running nodes', () => {
    const archived = describeData(migrations.length).map(({ name }) => name);
    expect(differences(archived, schema)).toEqual(['leases']);
  });

  it('is described in docs/storage.md', () => {
    const [, section = ''] = documented.split(/^## (?:Tables|How tables stay small)$/m);
    const rows = rowsOfTables(section).map(String);
    expect(differences(rows, schema)).toEqual(['migrations']);
  });

  it('is sealed again with a new key if it has sealed values, and these tables have none', () => {
    expect(schema.filter((table) => !sealedPlaces.some((place) => place === table))).toEqual([
      'access_tokens',
      'accounts',
      'api_keys',
      'apis',
      'audit',
      'audit_heads',
      'claims',
      'client_secret_uses',
      'codes',
      'former_emails',
      'grants',
      'invitations',
      'leases',
      'links',
      'logout_targets',
      'passkeys',
      'permissions',
      'recovery_codes',
      'sessions',
      'status_entries',
      'throttles',
      'verification_codes',
    ]);
  });
});

describe('an act', () => {
  it('has one name, and a call in every-verb.ts, with which its plans and the frozen stores are tested', async () => {
    const connection = openInMemory();
    const called = await performEveryVerb((act) => performAct(act, connection.execute));
    expect(differences(called, operationNames)).toEqual([]);
    expect(new Set(operationNames).size).toBe(operationNames.length);
    connection.close();
  });
});

describe('a thing that is declared in part', () => {
  it('does not compile', () => {
    const { tables, verbs } = claims;
    // @ts-expect-error -- a verb of the port that has no act
    const withoutVerb: Kept<ReplayMarkerStore> = { tables, verbs: {} };
    // @ts-expect-error -- a table that has no rule
    const withoutRule: Kept<ReplayMarkerStore> = { tables: { claims: undefined }, verbs };
    // @ts-expect-error -- an act that has no level
    const withoutLevel: Kept<ReplayMarkerStore> = { tables, verbs: { take: takeAnything } };
    const others = { take: single({ takeAnything }) };
    // @ts-expect-error -- an act that answers something else
    const withOther: Kept<ReplayMarkerStore> = { tables, verbs: others };
    expect([withoutVerb, withoutRule, withoutLevel, withOther]).toHaveLength(4);
  });

  // oxlint-disable-next-line require-yield -- it asks nothing
  function* takeAnything(id: string) {
    return id;
  }
});

describe('the comparison of two lists', () => {
  it('finds what is missing in each of them', () => {
    expect(differences(['a', 'b'], ['b', 'c'])).toEqual(['a', 'c']);
    expect(rowsOfTables('| `codes` | x |\n| table | y |')).toEqual(['codes']);
  });

  it('finds each act that was never called, and each table that nothing owns', () => {
    for (const name of operationNames)
      expect(
        differences(
          operationNames.filter((one) => one !== name),
          operationNames,
        ),
      ).toEqual([name]);
    for (const table of schema)
      expect(
        differences(
          owned.filter((one) => one !== table),
          schema,
        ),
      ).toEqual([table]);
  });
});
