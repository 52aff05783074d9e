/**
 * Several callers at two nodes, of whom some get no answer, get answers that one caller after the
 * other could have got.
 */
import { describe, expect, it } from 'vitest';
import { scale, seed } from '../../jwt/src/testing-parts/series.ts';
import { isPostgresLeftOut } from './testing-parts/contract.ts';
import { openCrashingPostgres, openCrashingSqlite } from './testing-parts/crashing-nodes.ts';
import { type Histories, runHistories } from './testing-parts/grant-machine.ts';

const histories: Histories = {
  count: Math.ceil(200 * scale),
  seed,
  atOnce: 8,
};

describe.each([
  { engine: 'SQLite', open: openCrashingSqlite, isLeftOut: false },
  { engine: 'PostgreSQL', open: openCrashingPostgres, isLeftOut: isPostgresLeftOut },
])('histories of a grant, $engine', ({ open, isLeftOut }) => {
  it.skipIf(isLeftOut)(
    `are explained by a model: ${histories.count} of them, TESTS_SEED=${histories.seed}`,
    async () => {
      const nodes = await open();
      try {
        expect(await runHistories(nodes, histories)).toEqual([]);
      } finally {
        await nodes.close();
      }
    },
    120_000,
  );
});
