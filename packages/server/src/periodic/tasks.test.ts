import { randomBytes } from 'node:crypto';
import path from 'node:path';
import {
  type Clock,
  defaultLeadSeconds,
  ensureKeys,
  type AnyEvent,
  type Store,
} from '@keywright/core';
import { createVault } from '@keywright/jwt';
import { openStore } from '@keywright/store';
import { describe, expect, it, vi } from 'vitest';
import { isPostgresLeftOut, makeFolder } from '../../../store/src/testing-parts/contract.ts';
import { connect, makeFamily } from '../../../store/src/testing-parts/samples.ts';
import { makeSchema } from '../../../store/src/testing-parts/shared-cluster.ts';
import { startSchedule } from './schedule.ts';
import { createTasks, type TaskParts } from './tasks.ts';

const day = 86_400;
const begun = Math.floor(Date.now() / 1000);
const vault = createVault(randomBytes(32));

interface Node {
  readonly store: Store;
  readonly clock: { now: number } & Clock;
  readonly events: AnyEvent[];
  run(name: string): Promise<void>;
}

async function startNode(database: string, over: Partial<TaskParts> = {}): Promise<Node> {
  const clock = {
    now: begun,
    nowSeconds() {
      return this.now;
    },
  };
  // A clock of its own: what is deleted is not compared with the database's.
  const store = await openStore({ database, clock });
  const events: AnyEvent[] = [];
  const parts: TaskParts = {
    store,
    vault,
    clock,
    events: { emit: (event) => void events.push(event) },
    rotateKeysDays: 90,
    pruneAudit: async () => undefined,
    ...over,
  };
  const tasks = createTasks(parts);
  const run = async (name: string) =>
    tasks.find((task) => task.name === name)?.run(async () => true);
  return { store, clock, events, run };
}

const engines = [
  {
    engine: 'SQLite',
    isLeftOut: false,
    open: async () => {
      const folder = makeFolder();
      return { address: path.join(folder.path, 'store.db'), drop: async () => folder.remove() };
    },
  },
  { engine: 'PostgreSQL', isLeftOut: isPostgresLeftOut, open: makeSchema },
];

describe.each(engines)('periodic work, $engine', ({ isLeftOut, open }) => {
  /** Three nodes on one database, with the keys of the first start. */
  async function withNodes(work: (nodes: readonly Node[]) => Promise<void>): Promise<void> {
    const { address, drop } = await open();
    const first = await startNode(address);
    const nodes = [first, await startNode(address), await startNode(address)];
    await ensureKeys({ store: first.store, vault, clock: first.clock }, { rsaBits: 2048 });
    await work(nodes);
    for (const { store } of nodes) await store.close();
    await drop();
  }

  it.skipIf(isLeftOut)(
    'rotates each old key once, although three nodes do so at the same time',
    async () => {
      await withNodes(async (nodes) => {
        const [{ store, clock }] = nodes as [Node];
        const former = await store.keys.list();
        for (const node of nodes) node.clock.now = begun + 90 * day - 1;
        await Promise.all(nodes.map((node) => node.run('rotate-keys')));
        expect(await store.keys.list()).toEqual(former);

        for (const node of nodes) node.clock.now = begun + 90 * day;
        await Promise.all(nodes.map((node) => node.run('rotate-keys')));
        const keys = await store.keys.list();
        const living = keys.filter(({ retiredAt }) => retiredAt === undefined);
        expect(living.map(({ algorithm }) => algorithm).toSorted()).toEqual(['ES256', 'RS256']);
        expect(keys).toHaveLength(4);
        for (const key of living) expect(key.activeAt).toBe(clock.now + defaultLeadSeconds);
        // Until the last token that they signed is dead, which they do until their successors take
        // over.
        for (const { kid } of former)
          expect(keys.find((key) => key.kid === kid)?.retiredAt).toBeGreaterThan(
            clock.now + defaultLeadSeconds + 3600,
          );
        expect(nodes.flatMap(({ events }) => events.map(({ type }) => type))).toEqual([
          'signing_key.rotated',
          'signing_key.rotated',
        ]);
        await Promise.all(nodes.map((node) => node.run('rotate-keys')));
        expect(await store.keys.list()).toHaveLength(4);
      });
    },
    60_000,
  );

  it.skipIf(isLeftOut)(
    'deletes expired rows, at one of the nodes',
    async () => {
      await withNodes(async (nodes) => {
        const [{ store }] = nodes as [Node];
        const family = makeFamily(await connect(store));
        await store.families.start(family);
        await store.families.end(family.id, family.createdAt);
        const pruned = nodes.map((node) => vi.spyOn(node.store, 'prune'));
        for (const node of nodes) node.clock.now = family.createdAt + 10 * day;
        const schedules = nodes.map((node) =>
          startSchedule(
            createTasks({
              ...node,
              vault,
              events: { emit: () => undefined },
              rotateKeysDays: 0,
              pruneAudit: async () => undefined,
            }),
            {
              leases: node.store.leases,
              onFault: (_, error) => expect.fail(String(error)),
              random: () => 0,
            },
          ),
        );
        await expect.poll(() => store.families.load(family.id)).toBeUndefined();
        await Promise.all(schedules.map((schedule) => schedule.stop()));
        expect(pruned.filter((spy) => spy.mock.calls.length > 0)).toHaveLength(1);
      });
    },
    60_000,
  );
});

it('key rotation does not run while the store is not ready, as when the clocks differ', async () => {
  const store = { probe: () => Promise.reject(new Error('The clock of this machine is ahead.')) };
  const parts = {
    store,
    vault,
    clock: {},
    events: {},
    rotateKeysDays: 90,
    pruneAudit: async () => undefined,
  };
  const rotate = createTasks(parts as unknown as TaskParts).find(
    ({ name }) => name === 'rotate-keys',
  );
  await expect(rotate?.run(async () => true)).rejects.toThrow('ahead');
});

it('key rotation does not run where it is switched off', async () => {
  const parts = { store: {}, vault, clock: {}, events: {}, pruneAudit: async () => undefined };
  const names = createTasks({ ...parts, rotateKeysDays: 0 } as unknown as TaskParts).map(
    ({ name }) => name,
  );
  expect(names).toEqual(['prune', 'prune-audit']);
});
