import { expect, it } from 'vitest';
import { performAct } from '../act.ts';
import { engines, now } from '../testing-parts/contract.ts';
import { createMigrationTable, migrate } from '../migrate.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { takeLease } from './leases.ts';

it('is held by one node until it expires by the clock of the database, and can be extended by its holder', () => {
  const connection = SqliteConnection.openForWriting({ file: ':memory:', busyTimeoutMs: 0 });
  connection.execute({ sql: createMigrationTable, params: [] });
  performAct(migrate(now), connection.execute);
  const take = (holder: string) => performAct(takeLease('prune', holder, 60), connection.execute);
  const age = (seconds: number) =>
    connection.execute({
      sql: 'UPDATE leases SET expires_at = expires_at - $1',
      params: [seconds],
    });
  expect(take('a')).toBe(true);
  age(40);
  expect(take('b')).toBe(false);
  expect(take('a')).toBe(true);
  age(50);
  expect(take('b')).toBe(false);
  age(10);
  expect(take('b')).toBe(true);
  expect(take('a')).toBe(false);
  connection.close();
});

it.each(engines)(
  'is given to one of several nodes that ask at once, and to another after it is given up, $name',
  async ({ open }) => {
    const { store, close } = await open();
    const take = (holder: string, seconds = 60) => store.leases.take('prune', holder, seconds);
    const taken = await Promise.all(['a', 'b', 'c'].map((holder) => take(holder)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    const holder = ['a', 'b', 'c'][taken.indexOf(true)] ?? '';
    const other = holder === 'a' ? 'b' : 'a';
    expect(await take(other, 0)).toBe(false);
    expect(await take(other)).toBe(false);
    expect(await take(holder, 0)).toBe(true);
    expect(await take(other)).toBe(true);
    await close();
  },
);
