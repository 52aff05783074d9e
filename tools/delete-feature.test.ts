/**
 * A feature is one folder and one line. These features are deleted one at a time in a copy of core,
 * with their line in server.ts, and the rest must still compile. Tests are left out of the copy:
 * some of them use several features.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const isTest = (file: string) => file.endsWith('.test.ts') || file.includes('testing-parts');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'keywright-without-'));
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const { compilerOptions } = JSON.parse(
    readFileSync(path.join(root, 'tsconfig.json'), 'utf8'),
  ) as {
    readonly compilerOptions: object;
  };
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['src'] }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of core without this feature; answers what the compiler says. */
function compileWithout(feature: string): string {
  const src = path.join(folder, 'src');
  rmSync(src, { recursive: true, force: true });
  cpSync(path.join(root, 'packages/core/src'), src, {
    recursive: true,
    filter: (file) => !isTest(file),
  });
  const file = path.join(src, 'server.ts');
  const text = readFileSync(file, 'utf8');
  const line = new RegExp(
    `^import \\{ (\\w+) \\} from './features/${feature}/feature\\.ts';\\n`,
    'm',
  );
  const name = line.exec(text)?.[1] ?? '';
  expect(text).toContain(`\n  ${name},\n`);
  writeFileSync(file, text.replace(line, '').replace(`\n  ${name},\n`, '\n'));
  rmSync(path.join(src, 'features', feature), { recursive: true });
  const tsc = path.join(root, 'node_modules', '.bin', 'tsc');
  const { stdout, status } = spawnSync(tsc, ['-p', folder], { encoding: 'utf8' });
  return status === 0 ? '' : stdout;
}

it.each(['device', 'ciba', 'grant-management'])(
  'core compiles without the folder %s and its line in server.ts',
  (feature) => {
    expect(compileWithout(feature)).toBe('');
  },
);

it('core does not compile without a folder that others import', () => {
  expect(compileWithout('authorization')).toContain('error TS2307');
});
