/**
 * Each test runs on both engines. Without PostgreSQL on this machine, its half is skipped, or fails
 * if it is required.
 */
import { describe } from 'vitest';
import {
  findPostgres,
  isPostgresRequired,
} from '../packages/store/src/testing-parts/postgres-programs.ts';

export type Engine = 'SQLite' | 'PostgreSQL';

export const isPostgresLeftOut = findPostgres() === undefined && !isPostgresRequired();

export function describeOnBothEngines(
  title: string,
  describeTests: (engine: Engine) => void,
): void {
  for (const engine of ['SQLite', 'PostgreSQL'] as const)
    describe.skipIf(engine === 'PostgreSQL' && isPostgresLeftOut)(`${title}, ${engine}`, () => {
      describeTests(engine);
    });
}
