/**
 * kill -9 at random moments while users sign in, refresh and revoke. Afterwards everything
 * acknowledged is there, nothing is incomplete, and the next start is fast. On SQLite one process
 * or all three are killed, on PostgreSQL also the database server.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../packages/store/src/testing-parts/cluster.ts';
import { addPeople, type Cookies } from './actors.ts';
import { type Chance, scaled, takeChance } from './chance.ts';
import { checkIntegrity, findHalves } from './database.ts';
import { describeOnBothEngines } from './engines.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';
import { startWriters, type Writers } from './writers.ts';

const kills = scaled(200);
const writesPerSecond = 50;
const longestPauseMilliseconds = 300;
/**
 * If the machine is too busy for all kills, only those that took place are checked, and this counts
 * as a miss.
 */
const longestSeconds = 400;
const startWithinMilliseconds = 3000;
/** With fewer, the kills could happen while nothing runs. */
const leastWrites = kills * 10;

type Victim = 'one node' | 'all nodes' | 'the database';

describeOnBothEngines('kill -9 in a loop', (engine) => {
  let cluster: Cluster | undefined;
  let nodes: Nodes;
  let people: readonly Cookies[];
  let chance: Chance;

  beforeAll(async () => {
    chance = takeChance(`5. kill -9, ${engine}`);
    cluster = engine === 'PostgreSQL' ? await startCluster() : undefined;
    nodes = await startNodes({
      engine,
      count: 3,
      ...(cluster === undefined ? {} : { database: cluster.address() }),
    });
    people = await addPeople(nodes, writesPerSecond / 5);
  });
  afterAll(async () => {
    await nodes?.stop();
    await cluster?.remove();
  });

  function chooseVictim(): Victim {
    if (chance.next() < 0.75) return 'one node';
    return cluster === undefined || chance.next() < 0.5 ? 'all nodes' : 'the database';
  }

  /** Kills and restarts. Returns the milliseconds of each start of a node. */
  async function kill(victim: Victim): Promise<readonly number[]> {
    if (victim === 'the database') {
      await cluster?.kill();
      await startDatabase();
      return [];
    }
    const all = victim === 'all nodes';
    const killed = all ? nodes.nodes : [nodes.nodes[chance.below(3)]!];
    await Promise.all(killed.map((node) => node.kill('SIGKILL')));
    return Promise.all(killed.map((node) => node.restart()));
  }

  /**
   * Processes of the killed server may still use its memory. The server starts when they have
   * ended.
   */
  async function startDatabase(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await cluster?.start();
      } catch (error) {
        if (tries === 50) throw error;
        await wait(100);
      }
    }
  }

  async function killInALoop(): Promise<{
    readonly made: number;
    readonly times: readonly number[];
  }> {
    const until = performance.now() + longestSeconds * 1000;
    const times: number[] = [];
    let made = 0;
    for (; made < kills && performance.now() < until; made += 1) {
      await wait(chance.below(longestPauseMilliseconds));
      times.push(...(await kill(chooseVictim())));
    }
    return { made, times };
  }

  it('loses nothing that was acknowledged, leaves nothing by half, and starts within three seconds', async () => {
    const writers: Writers = startWriters(nodes.nodes, people, writesPerSecond, chance);
    const { made, times } = await killInALoop();
    const written = await writers.stop();
    const halves = await findHalves(nodes.database);
    const faults = await checkIntegrity(nodes.database);
    const longest = Math.max(0, ...times);
    record({
      test: 5,
      title: `${kills} kills during ${writesPerSecond} writes/s, 3 nodes`,
      engine,
      asked: '0 acknowledged writes lost, 0 half-written, integrity check clean',
      reached:
        `${made} kills, ${written.lost.length} of ${written.acknowledged} acknowledged writes lost (${written.unanswered} not answered), ` +
        `${halves.length} kinds of half-written, integrity check ${faults.length === 0 ? 'clean' : 'with faults'}`,
      passed:
        made === kills &&
        written.acknowledged >= leastWrites &&
        written.lost.length === 0 &&
        halves.length === 0 &&
        faults.length === 0,
    });
    record({
      test: 5,
      title: 'start after kill -9',
      engine,
      asked: 'at most 3 s',
      reached: `at most ${(longest / 1000).toFixed(1)} s in ${times.length} starts`,
      passed: longest <= startWithinMilliseconds,
    });
    expect(written.lost).toEqual([]);
    expect(made).toBe(kills);
    expect(written.acknowledged).toBeGreaterThanOrEqual(leastWrites);
    expect(halves).toEqual([]);
    expect(faults).toEqual([]);
    expect(longest).toBeLessThanOrEqual(startWithinMilliseconds);
  });
});
