/**
 * Python clients, used as in their own documentation, against `keywright serve`. Each program of
 * `python/` tests one library, and begins with its peculiarities. They run if
 * `TESTS_PYTHON_CLIENTS` is the path of a Python with the packages of `python/requirements.txt`.
 */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSetting, type Setting } from './python/setting.ts';

const python = process.env['TESTS_PYTHON_CLIENTS'];
if (python === undefined)
  process.stderr.write(
    'TESTS_PYTHON_CLIENTS names no Python with interop/python/requirements.txt: what signs in by its libraries is left out.\n',
  );

const folder = path.join(import.meta.dirname, 'python');
const shared = ['browser.py', 'told.py'];
const programs = readdirSync(folder).filter(
  (name) => name.endsWith('.py') && !shared.includes(name),
);
/** Each signs in a dozen times. */
const longestMilliseconds = 180_000;

/** Its output, a line for each flow. */
function run(
  program: string,
  told: string,
): Promise<{ readonly code: number; readonly output: string }> {
  const env = { ...process.env, KEYWRIGHT_INTEROP: told, PYTHONDONTWRITEBYTECODE: '1' };
  return new Promise((resolve) => {
    const args = ['-W', 'ignore', path.join(folder, program)];
    // idpyoidc leaves its keys where it is run.
    execFile(python ?? '', args, { cwd: path.dirname(told), env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: `${stdout}${stderr}` });
    });
  });
}

describe.skipIf(python === undefined)('a client in Python', () => {
  let setting: Setting | undefined;

  beforeAll(async () => {
    setting = await openSetting();
  }, longestMilliseconds);
  afterAll(() => setting?.stop());

  it.each(programs)(
    '%s: each of its flows works',
    async (program) => {
      const { code, output } = await run(program, setting?.told ?? '');
      expect(code, output).toBe(0);
      expect(output).toMatch(/^works: /m);
    },
    longestMilliseconds,
  );
});
