import { describe, expect, test } from 'vitest';
import { checkImports, findImports, findUnused } from './check-imports.ts';

const nothing = new Set<string>();
const from = (specifier: string) => `import { a } from '${specifier}';\n`;

describe('findImports', () => {
  test('finds static, type, side-effect, re-exported and dynamic imports with their lines', () => {
    const text = `import a from 'one';\nimport type { B } from "two";\nimport 'three';\nexport * from 'four';\nconst x = await import('five');\nimport {\n  c,\n} from 'six';\n`;
    expect(findImports(text)).toEqual([
      { specifier: 'one', line: 1 },
      { specifier: 'two', line: 2 },
      { specifier: 'three', line: 3 },
      { specifier: 'four', line: 4 },
      { specifier: 'five', line: 5 },
      { specifier: 'six', line: 6 },
    ]);
  });

  test('ignores code quoted in comments', () => {
    expect(findImports(`/**\n * ${from('a')} */\n// ${from('b')}`)).toEqual([]);
  });
});

describe('checkImports', () => {
  test('catches an arrow that turns round', () => {
    const file = { path: 'packages/core/src/server.ts', text: from('@keywright/store') };
    expect(checkImports(file, new Set(['@keywright/store']))).toEqual([
      'packages/core/src/server.ts:1: packages/core may not import @keywright/store; it may import wire, jwt',
    ]);
  });

  test('catches a guard that takes server code inside', () => {
    const file = { path: 'packages/guard/src/index.ts', text: from('@keywright/core') };
    expect(checkImports(file, new Set(['@keywright/core']))).toHaveLength(1);
  });

  test('lets a room import what lies below it', () => {
    const file = { path: 'packages/store/src/index.ts', text: from('@keywright/core') };
    expect(checkImports(file, new Set(['@keywright/core']))).toEqual([]);
  });

  test('catches a third-party application that uses anything of ours', () => {
    const file = { path: 'examples/third-party-app/server.ts', text: from('@keywright/guard') };
    expect(checkImports(file, new Set(['@keywright/guard']))).toHaveLength(1);
  });

  test('catches transport and clock in core', () => {
    const text = `${from('node:http')}const now = Date.now();\n`;
    expect(checkImports({ path: 'packages/core/src/server.ts', text }, nothing)).toHaveLength(2);
  });

  test('catches a path that climbs out of its room', () => {
    const file = { path: 'packages/server/src/wiring.ts', text: from('../../core/src/index.ts') };
    expect(checkImports(file, nothing)).toHaveLength(1);
    expect(
      checkImports({ path: 'packages/server/src/http/a.ts', text: from('../wiring.ts') }, nothing),
    ).toEqual([]);
  });

  test('catches a package that is not declared', () => {
    const file = { path: 'packages/jwt/src/index.ts', text: from('jose') };
    expect(checkImports(file, nothing)).toEqual([
      'packages/jwt/src/index.ts:1: jose is not among the dependencies of packages/jwt/package.json',
    ]);
    expect(checkImports(file, new Set(['jose']))).toEqual([]);
  });
});

test('findUnused names what is declared and imported by nothing, tests apart', () => {
  const files = [
    { path: 'packages/store/src/index.ts', text: `${from('pg')}${from('@keywright/core/ports')}` },
    { path: 'packages/store/src/index.test.ts', text: from('fast-check') },
  ];
  expect(findUnused('packages/store', files, ['pg', '@keywright/core', 'fast-check'])).toEqual([
    'packages/store/package.json: nothing imports fast-check',
  ]);
});
