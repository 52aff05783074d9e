import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { openStore } from '@keywright/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';
import { isPostgresLeftOut, makeFolder } from '../../../store/src/testing-parts/contract.ts';
import { makeSchema } from '../../../store/src/testing-parts/shared-cluster.ts';
import { type Schedule, startSchedule, type Task } from './schedule.ts';

describe('a scheduled task', () => {
  let store: Awaited<ReturnType<typeof openStore>>;
  const schedules: Schedule[] = [];
  const faults: string[] = [];
  beforeEach(async () => {
    store = await openStore({ database: ':memory:' });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    faults.length = 0;
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const schedule of schedules.splice(0)) await schedule.stop();
    await store.close();
  });

  function start(task: Pick<Task, 'run'> & Partial<Task>, random = 0.5): Schedule {
    const schedule = startSchedule([{ name: 'work', everySeconds: 60, ...task }], {
      leases: store.leases,
      onFault: (name, error) => faults.push(`${name}: ${(error as Error).message}`),
      random: () => random,
    });
    schedules.push(schedule);
    return schedule;
  }

  /** Lets the timers run, and the acts of the store behind them. */
  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await vi.advanceTimersByTimeAsync(1000);
      for (let turns = 0; turns < 4; turns += 1) await turn();
    }
  }

  it('runs soon after the start, and then in each interval', async () => {
    const run = vi.fn<Task['run']>(async () => undefined);
    start({ run });
    await pass(10);
    expect(run).toHaveBeenCalledTimes(1);
    await pass(180);
    expect(run).toHaveBeenCalledTimes(4);
  });

  it('runs at one node for all, and at another one when that has stopped', async () => {
    const [one, other] = [
      vi.fn<Task['run']>(async () => undefined),
      vi.fn<Task['run']>(async () => undefined),
    ];
    const first = start({ run: one }, 0.1);
    start({ run: other }, 0.9);
    await pass(240);
    expect(one.mock.calls.length).toBeGreaterThan(3);
    expect(other).not.toHaveBeenCalled();
    await first.stop();
    await pass(70);
    expect(other).toHaveBeenCalled();
  });

  it('logs a failure, and is tried again within a minute', async () => {
    const run = vi
      .fn<Task['run']>(async () => undefined)
      .mockRejectedValueOnce(new Error('no disk'));
    start({ run, everySeconds: 3600 });
    await pass(10);
    expect(faults).toEqual(['work: no disk']);
    await pass(70);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('stops between two steps: at the stop, and when another node has the lease', async () => {
    const kept: boolean[] = [];
    let goOn = Promise.withResolvers<void>();
    const schedule = start({
      async run(keep) {
        kept.push(await keep());
        await goOn.promise;
        kept.push(await keep());
      },
    });
    await pass(10);
    expect(kept).toEqual([true]);
    const stopped = schedule.stop();
    goOn.resolve();
    await stopped;
    expect(kept).toEqual([true, false]);
    expect(await store.leases.take('work', 'another', 60)).toBe(true);
    goOn = Promise.withResolvers();
    start({ run: async () => void kept.push(true) });
    await pass(70);
    expect(kept).toEqual([true, false]);
  });
});

const script = path.resolve(import.meta.dirname, 'testing-parts/ticking-process.ts');

describe.each([
  {
    engine: 'SQLite',
    isLeftOut: false,
    open: async () => {
      const folder = makeFolder();
      return { address: path.join(folder.path, 'store.db'), drop: async () => folder.remove() };
    },
  },
  { engine: 'PostgreSQL', isLeftOut: isPostgresLeftOut, open: makeSchema },
])('nodes of one database, $engine', ({ isLeftOut, open }) => {
  // They wait until a lease has run out.
  it.skipIf(isLeftOut || !isLong)(
    'run it one at a time, and continue when the running one is killed',
    async () => {
      const { address, drop } = await open();
      await (await openStore({ database: address })).close();
      const ticks: ChildProcess[] = [];
      const nodes = [0, 1, 2].map(() => {
        const node = spawn(process.execPath, [script, address], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        node.stdout.on('data', (chunk: Buffer) => {
          for (const line of chunk.toString().trim().split('\n'))
            if (line === 'tick') ticks.push(node);
        });
        return node;
      });
      const poll = { timeout: 15_000, interval: 20 };
      await expect.poll(() => ticks.length, poll).toBeGreaterThan(3);
      const [holder] = ticks;
      expect(new Set(ticks)).toEqual(new Set([holder]));
      holder?.kill('SIGKILL');
      // With everything that it wrote before it was killed.
      await once(holder as ChildProcess, 'close');
      const before = ticks.length;
      await expect.poll(() => ticks.length, poll).toBeGreaterThan(before + 2);
      const after = new Set(ticks.slice(before));
      expect(after.size).toBe(1);
      expect(after).not.toContain(holder);
      for (const node of nodes) node.kill('SIGKILL');
      await Promise.all(
        nodes
          .filter((node) => node.exitCode === null && node.signalCode === null)
          .map((node) => once(node, 'exit')),
      );
      await drop();
    },
    40_000,
  );
});
