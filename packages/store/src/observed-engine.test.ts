import { afterEach, describe, expect, it } from 'vitest';
import { isPostgresLeftOut, now } from './testing-parts/contract.ts';
import type { EngineState, StoreObserver } from './observed-engine.ts';
import { openStore } from './open-store.ts';
import { makeSchema } from './testing-parts/shared-cluster.ts';

const clock = { nowSeconds: () => now };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function openObserved(database: string) {
  const seen: { name: string; ended: boolean; error?: unknown }[] = [];
  const batches: number[] = [];
  const pruned: string[] = [];
  let state: (() => EngineState) | undefined;
  const observer: StoreObserver = {
    begin(name) {
      const operation: (typeof seen)[number] = { name, ended: false };
      seen.push(operation);
      return (error) =>
        Object.assign(operation, { ended: true, ...(error === undefined ? {} : { error }) });
    },
    batch: (count) => batches.push(count),
    pruned: (table, rows) => pruned.push(`${table} ${rows}`),
    opened: (ask) => (state = ask),
  };
  const store = await openStore({ database, clock, observer });
  closing.push(() => store.close());
  seen.length = 0;
  return { store, seen, batches, pruned, state: () => state?.() };
}

describe('a store that is observed', () => {
  it('reports on SQLite each act and read, and how many acts shared a commit', async () => {
    const { store, seen, batches, pruned, state } = await openObserved(':memory:');
    expect(state()).toEqual({ engine: 'SQLite', waiting: 0, underway: 0 });
    const ending = ['a', 'b', 'c'].map((digest) => store.sessions.end(digest, now));
    expect(seen).toEqual(['a', 'b', 'c'].map(() => ({ name: 'endSession', ended: false })));
    await Promise.all(ending);
    await store.clients.load('a');
    await store.prune(now, 10);
    await Promise.resolve();
    expect(seen.filter(({ ended, error }) => !ended || error !== undefined)).toEqual([]);
    expect(seen.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['loadClient', 'pruneTable']),
    );
    expect(batches[0]).toBe(3);
    expect(pruned).toContain('codes 0');
  });

  it('reports a failure, and passes the error to the caller', async () => {
    const { store, seen } = await openObserved(':memory:');
    await store.close();
    await expect(store.clients.load('a')).rejects.toThrow();
    expect(seen.at(-1)).toMatchObject({
      name: 'loadClient',
      ended: true,
      error: expect.any(Error),
    });
  });

  it.skipIf(isPostgresLeftOut)(
    'on PostgreSQL tells each act and read, and its connections',
    async () => {
      const schema = await makeSchema();
      closing.push(schema.drop);
      const { store, seen, batches, state } = await openObserved(schema.address);
      const states: (EngineState | undefined)[] = [];
      const loads = Array.from({ length: 30 }, () =>
        store.clients.load('a').then(() => states.push(state())),
      );
      await Promise.all(loads);
      expect(seen).toEqual(loads.map(() => ({ name: 'loadClient', ended: true })));
      const busy = states.map((one) => (one?.engine === 'PostgreSQL' ? one.shared.busy : 0));
      expect(Math.max(...busy)).toBeGreaterThan(0);
      expect(batches).toEqual([]);
      expect(state()).toMatchObject({
        shared: { busy: 0, waiting: 0 },
        single: { busy: 0, waiting: 0 },
      });
    },
  );
});
