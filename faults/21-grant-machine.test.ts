/**
 * Random histories of a grant: several simultaneous callers at two nodes, lost answers, and an
 * oracle that decides whether one caller after the other could have got the same answers. `npm
 * test` runs a few hundred, this test ten thousand.
 */
import { afterEach, describe, expect, it } from 'vitest';
import {
  type CrashingNodes,
  openCrashingPostgres,
  openCrashingSqlite,
} from '../packages/store/src/testing-parts/crashing-nodes.ts';
import { runHistories } from '../packages/store/src/testing-parts/grant-machine.ts';
import { scaled, takeChance } from './chance.ts';
import { isPostgresLeftOut } from './engines.ts';
import { record } from './report.ts';

let nodes: CrashingNodes | undefined;
afterEach(() => nodes?.close());

const chosen = [
  { engine: 'SQLite', open: openCrashingSqlite, histories: 9000, isLeftOut: false },
  {
    engine: 'PostgreSQL',
    open: openCrashingPostgres,
    histories: 1000,
    isLeftOut: isPostgresLeftOut,
  },
] as const;

for (const { engine, open, histories, isLeftOut } of chosen)
  describe.skipIf(isLeftOut)(`Histories of a grant, ${engine}`, () => {
    it('are explained by a model', async () => {
      const { seed } = takeChance(`21. Histories of a grant, ${engine}`);
      const count = scaled(histories);
      nodes = await open();
      const unexplained = await runHistories(nodes, { count, seed, atOnce: 8 });
      record({
        test: 21,
        title: 'codes, rotations and revocations at two nodes, with lost answers',
        engine,
        asked: 'every history equals some order of single acts',
        reached: `${count - unexplained.length} of ${count}`,
        passed: unexplained.length === 0,
      });
      expect(unexplained).toEqual([]);
    });
  });
