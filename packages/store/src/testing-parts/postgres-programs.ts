/** Whether this machine has PostgreSQL, and whether the tests may run without it. */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const debian = '/usr/lib/postgresql';

export const absence =
  'PostgreSQL is not there, so the store is tested on SQLite alone (Debian: apt-get install postgresql).';

/**
 * The folder of initdb and postgres: the newest version of Debian, or the one of the path.
 * Undefined if PostgreSQL is left out on purpose.
 */
export function findPostgres(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env['TESTS_POSTGRES'] === 'off') return undefined;
  const installed = existsSync(debian)
    ? readdirSync(debian).toSorted((one, other) => Number(other) - Number(one))
    : [];
  const folders = [
    ...installed.map((version) => join(debian, version, 'bin')),
    ...(env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** On the project's build machine, a missing engine is a failure. */
export function isPostgresRequired(env: NodeJS.ProcessEnv = process.env): boolean {
  return env['TESTS_POSTGRES'] === 'required';
}
