import { expect, it } from 'vitest';
import { performAct } from '../act.ts';
import { now } from '../contract.ts';
import { createMigrationTable, migrate } from '../migrate.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { takeLease } from './leases.ts';

it('is held by one until it lapses, and kept by whoever holds it', () => {
  const connection = SqliteConnection.openForWriting({ file: ':memory:', busyTimeoutMs: 0 });
  connection.execute({ sql: createMigrationTable, params: [] });
  performAct(migrate(now), connection.execute);
  const take = (holder: string, at: number) =>
    performAct(takeLease('prune', holder, at + 60, at), connection.execute);
  expect(take('a', now)).toBe(true);
  expect(take('b', now + 30)).toBe(false);
  expect(take('a', now + 50)).toBe(true);
  expect(take('b', now + 109)).toBe(false);
  expect(take('b', now + 110)).toBe(true);
  expect(take('a', now + 111)).toBe(false);
  connection.close();
});
