/** Each rule about imports is broken by a file of a small copy of this repository. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { root } from './source-files.ts';

const modules = path.join(root, 'node_modules');
const core = 'packages/core/src';
const folder = mkdtempSync(path.join(tmpdir(), 'keywright-imports-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

/** The packages, each with its package.json, and an empty file for each of its entries. */
function copyPackages(): void {
  for (const name of ['.dependency-cruiser.cjs', '.oxlintrc.json', 'package.json'])
    cpSync(path.join(root, name), path.join(folder, name));
  const own = path.join(folder, 'node_modules');
  mkdirSync(path.join(own, '@keywright'), { recursive: true });
  for (const name of ['pg', 'jose'])
    symlinkSync(path.join(modules, name), path.join(own, name), 'junction');
  for (const kind of ['packages', 'examples'])
    for (const name of readdirSync(path.join(root, kind))) {
      const manifest = path.join(kind, name, 'package.json');
      if (!existsSync(path.join(root, manifest))) continue;
      mkdirSync(path.join(folder, kind, name), { recursive: true });
      cpSync(path.join(root, manifest), path.join(folder, manifest));
      if (kind === 'packages')
        symlinkSync(path.join(folder, kind, name), path.join(own, '@keywright', name), 'junction');
      write(`${kind}/${name}/src/index.ts`, 'export {};\n');
    }
}

function runTool(tool: string, args: readonly string[]): Promise<string> {
  const bin = path.join(modules, ...tool.split('/'));
  return new Promise((resolve) => {
    // Both end with an error where a rule is broken, which is told by what they print.
    execFile(process.execPath, [bin, ...args], { cwd: folder }, (_, stdout, stderr) =>
      resolve(stdout || stderr),
    );
  });
}

/** A file, what it imports, and the rule that it breaks: none, where it may. */
const cases: readonly (readonly [file: string, imported: string, rule?: string])[] = [
  [`${core}/a.ts`, '@keywright/store', 'packages/core may import of ours: wire, jwt'],
  ['packages/guard/src/a.ts', '@keywright/core', 'packages/guard may import of ours: wire, jwt'],
  ['packages/client/src/a.ts', '@keywright/wire', 'packages/client may import of ours: jwt'],
  ['packages/permissions/src/a.ts', '@keywright/core'],
  ['packages/guard/src/a.test.ts', '@keywright/core'],
  [
    'examples/third-party-app/a.ts',
    '@keywright/guard',
    'examples/third-party-app may import of ours: nothing',
  ],
  ['packages/server/src/a.ts', '../../core/src/index.ts', 'a package is imported by its name'],
  ['packages/server/src/http/b.ts', '../index.ts'],
  ['packages/store/src/b.ts', 'pg'],
  ['packages/wire/src/a.ts', 'pg', 'what is imported is among the dependencies'],
  ['packages/client/src/b.ts', 'jose', 'what is imported is among the dependencies'],
  ['packages/jwt/src/a.ts', './nowhere.ts', 'what is imported exists'],
  [`${core}/b.ts`, 'node:http', 'core knows no transport, no file and no database: they are ports'],
  [
    `${core}/c.ts`,
    'node:fs/promises',
    'core knows no transport, no file and no database: they are ports',
  ],
  [`${core}/d.ts`, 'node:path'],
  ['packages/server/src/c.ts', 'node:http'],
  [`${core}/model/a.ts`, '../rules/z.ts', 'core/model may import: nothing'],
  [`${core}/rules/a.ts`, '../kernel/http/z.ts', 'core/rules may import: model'],
  [`${core}/kernel/http/a.ts`, '../../features/par/z.ts', 'core/kernel may import: model, rules'],
  [`${core}/features/par/a.ts`, '../../index.ts', 'core/features may import: model, rules, kernel'],
  [`${core}/features/par/b.ts`, '../../kernel/keys/z.ts'],
  [`${core}/features/device/a.ts`, '../authorization/z.ts', 'a feature imports no other feature'],
  [
    `${core}/features/logout/a.ts`,
    '../device/z.ts',
    'of the features, logout imports authorization alone',
  ],
  [`${core}/features/par/c.ts`, '../authorization/z.ts'],
  [`${core}/rules/b.ts`, './c.ts', 'no file imports itself through others, types included'],
  // A circle is told once.
  [`${core}/rules/c.ts`, './b.ts'],
  // Folders, below: each of the two files is in no circle, and each of their folders is.
  ['packages/guard/src/one/a.ts', '../two/z.ts', 'no folder imports itself through others'],
  ['packages/guard/src/two/a.ts', '../one/z.ts', 'no folder imports itself through others'],
];

it('each rule about imports refuses what it forbids, also for types, and nothing else', async () => {
  copyPackages();
  for (const [file, imported] of cases) write(file, `export type * from '${imported}';\n`);
  for (const name of [
    'model',
    'rules',
    'kernel/http',
    'kernel/keys',
    'features/par',
    'features/device',
  ])
    write(`${core}/${name}/z.ts`, 'export {};\n');
  write(`${core}/features/authorization/z.ts`, 'export {};\n');
  for (const name of ['one', 'two']) write(`packages/guard/src/${name}/z.ts`, 'export {};\n');
  // A file that is loaded when it is needed may use the file that loads it.
  write('packages/store/src/engine.ts', "import './loader.ts';\n");
  write('packages/store/src/loader.ts', "export const load = () => import('./engine.ts');\n");
  const told = await runTool('dependency-cruiser/bin/dependency-cruiser.mjs', [
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    'packages',
    'examples',
  ]);
  if (!told.startsWith('{')) throw new Error(told);
  const { violations } = (JSON.parse(told) as { readonly summary: Summary }).summary;
  const found = violations.map(({ from, rule }) => `${from}: ${rule.name}`);
  const broken = cases.flatMap(([file, , rule]) =>
    rule === undefined
      ? []
      : `${rule.startsWith('no folder') ? path.posix.dirname(file) : file}: ${rule}`,
  );
  expect([...new Set(found)].sort()).toEqual(broken.sort());
});

interface Summary {
  readonly violations: readonly {
    readonly from: string;
    readonly rule: { readonly name: string };
  }[];
}

it('the clock, randomness and process settings are refused in core only', async () => {
  const text = `import { randomBytes, randomUUID } from 'node:crypto';
export const ambient = [
  Date.now(),
  new Date(),
  Math.random(),
  process.env,
  randomBytes(1),
  randomUUID(),
];
`;
  for (const file of ['core/src/ambient.ts', 'core/src/ambient.test.ts', 'server/src/ambient.ts'])
    write(`packages/${file}`, text);
  const told = await runTool('oxlint/bin/oxlint', ['--format', 'unix', 'packages']);
  const lines = told.split('\n').filter((line) => /no-restricted/.test(line));
  const refused = lines.map((line) =>
    line.replaceAll(path.sep, '/').split(':').slice(0, 2).join(':'),
  );
  const at = (line: number) => `packages/core/src/ambient.ts:${line}`;
  expect([...new Set(refused)].sort()).toEqual([1, 3, 4, 5, 6].map(at));
});
