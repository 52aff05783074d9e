/**
 * The store, made of the declarations of each thing. Every verb of the port is bound to the engine.
 * This file knows no engine.
 */
import type { Clock, Store } from '@keywright/core';
import { kept, prunedTables, type Thing, type Things, wholeStore } from './acts/index.ts';
import { assertClocksAgree } from './clocks.ts';
import type { Engine } from './engine.ts';
import { frozenMessage } from './frozen.ts';
import { StoreUnavailableError } from './unavailable.ts';

/**
 * `clock` gives the end of the families of a client that is saved as disabled, and of the logout
 * targets of a session that has ended. Every other act receives the time. With `comparesClocks`,
 * nothing is pruned and the store is not ready while the clock and the clock of the database
 * differ.
 */
export function createStore(engine: Engine, clock: Clock, comparesClocks = false): Store {
  const assertClocks = async (consequence: string, now = clock.nowSeconds()): Promise<void> => {
    if (comparesClocks) await assertClocksAgree(engine, now, consequence);
  };
  const assertMayDelete = (now?: number) =>
    assertClocks('Nothing is deleted until they agree.', now);
  const assertNotMoved = async (): Promise<undefined> => {
    if (await engine.read(engine.isFrozen()))
      throw new StoreUnavailableError(`The database does not know it: ${frozenMessage}.`, {
        isFrozen: true,
      });
  };
  const given = { engine, clock, assertMayDelete: () => assertMayDelete(), assertNotMoved };
  const things = mapMembers<Thing>(kept, ({ verbs }) =>
    mapMembers(verbs, (verb) => verb.bind(given)),
  ) as Things;
  const [pruneTable, probe] = [wholeStore.prune.bind(given), wholeStore.probe.bind(given)];
  return {
    ...things,
    prune: async (now, limit) => {
      await assertMayDelete(now);
      let deleted = 0;
      for (const table of prunedTables) deleted += await pruneTable(table, now, limit);
      return deleted;
    },
    probe: async () => {
      await assertClocks('This node is not ready until they agree.');
      await probe();
    },
    close: () => engine.close(),
  };
}

function mapMembers<M>(members: Readonly<Record<string, M>>, map: (member: M) => unknown): unknown {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, map(member)]));
}
