import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { parseDocstring } from './api-docstring.ts';
import { documentedPackages, missingIn } from './make-api-reference.ts';
import { entryPointsOf, publicNames } from './public-names.ts';
import { root } from './source-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-names-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('the names that a file exports', () => {
  it('are found through other files, with docstring and declaration, and without bodies', () => {
    write(
      'parts.ts',
      [
        '/** Adds one; “twice” is two. */',
        'export async function add(n: number): Promise<number> {',
        '  return n + 1;',
        '}',
        '/**',
        ' * A counter.',
        ' * @throws TypeError when it is full',
        ' */',
        'export class Counter {',
        '  /** So far. */',
        '  readonly count: number;',
        '  constructor(count: number) {',
        '    this.count = count;',
        '  }',
        '}',
        '// Not of the name below.',
        'export const most = 3;',
      ].join('\n'),
    );
    const file = write(
      'index.ts',
      "export * from './parts.ts';\nexport { add as plus } from './parts.ts';\n",
    );
    const names = publicNames(file);
    expect([...names.keys()]).toEqual(['add', 'Counter', 'most', 'plus']);
    expect(names.get('plus')).toMatchObject({
      name: 'plus',
      doc: 'Adds one; “twice” is two.',
      declaration: 'function add(n: number): Promise<number>;',
    });
    expect(names.get('Counter')?.declaration.split('\n')).toEqual([
      'class Counter {',
      '  /** So far. */',
      '  readonly count: number;',
      '  constructor(count: number);',
      '}',
    ]);
    expect(names.get('most')?.doc).toBeUndefined();
  });

  it('are faults without a docstring, and an entry point needs an example', () => {
    const file = write(
      'bare.ts',
      '/** @throws Error */\nexport const a = 1;\nexport const b = 2;\n',
    );
    expect(missingIn([{ specifier: 'bare', file }])).toEqual([
      expect.stringMatching(/bare\.ts:2: a has no docstring$/),
      expect.stringMatching(/bare\.ts:3: b has no docstring$/),
      'bare: no name of it has an example',
    ]);
  });

  it('from outside of the packages cannot be followed', () => {
    const file = write('foreign.ts', "export { parse } from 'yaml';\n");
    expect(() => publicNames(file)).toThrow('yaml is no package of ours');
  });
});

describe('a docstring of a public name', () => {
  it('consists of prose, errors and examples', () => {
    const text =
      'One\nsentence.\n\nAnother.\n@throws TypeError when\nempty\n@example\n```ts\na();\n```';
    expect(parseDocstring(text)).toEqual({
      prose: ['One sentence.', 'Another.'],
      throws: ['TypeError when empty'],
      examples: ['a();'],
    });
  });

  it.each(['@param x', '@example\na();'])(
    'is refused with markup that no page shows: %j',
    (text) => {
      expect(() => parseDocstring(text)).toThrow(Error);
    },
  );
});

it('every example of the public names compiles', async () => {
  const entryPoints = documentedPackages().flatMap(entryPointsOf);
  const docs = new Map(
    entryPoints.flatMap(({ file }) =>
      [...publicNames(file).values()].map(({ name, doc = '' }) => [name, doc]),
    ),
  );
  const examples = [...docs].flatMap(([name, doc]) =>
    parseDocstring(doc).examples.map((code) => [name, code] as const),
  );
  expect(examples.length).toBeGreaterThan(20);
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  const files = examples.map(([name, code], at) =>
    write(`example-${at}-${name}.ts`, `${code}\nexport {};\n`),
  );
  const typeRoots = [path.join(root, 'node_modules', '@types')];
  const compilerOptions = { noUnusedLocals: false, typeRoots };
  const configuration = {
    extends: path.join(root, 'tsconfig.json'),
    compilerOptions,
    include: [],
    files,
  };
  const project = write('tsconfig.json', JSON.stringify(configuration));
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, '-p', project]).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe('');
}, 120_000);
