import { describe, expect, test } from 'vitest';
import { checkLockfile } from './check-lockfile.ts';

const sound = { version: '1', integrity: 'sha512-AAAA', license: 'MIT' };

describe('checkLockfile', () => {
  test('accepts a lockfile when each dependency is locked, beside its user or further up', () => {
    expect(
      checkLockfile({
        '': { dependencies: { a: '1' } },
        'packages/x': { dependencies: { a: '1' } },
        'node_modules/x': { link: true, resolved: 'packages/x' },
        'node_modules/a': { ...sound, optionalDependencies: { b: '1', c: '1' } },
        'node_modules/a/node_modules/b': { ...sound, dependencies: { c: '1' } },
        'node_modules/c': sound,
      }),
    ).toEqual([]);
  });

  test('reports an optional package of another platform that is missing', () => {
    expect(
      checkLockfile({ 'node_modules/a': { ...sound, optionalDependencies: { 'a-darwin': '1' } } }),
    ).toEqual(['package-lock.json: a-darwin, which node_modules/a needs, is missing']);
  });

  test.each([
    [
      'an address of a registry',
      { resolved: 'https://packages.example/a.tgz' },
      /names a registry/,
    ],
    ['a package without a digest', { integrity: undefined }, /no SHA-512 digest/],
    ['a package with a weak digest', { integrity: 'sha1-AAAA' }, /no SHA-512 digest/],
    ['a script that runs at install', { hasInstallScript: true }, /runs a script/],
    ['a licence that is not on the list', { license: 'AGPL-3.0-only' }, /AGPL-3\.0-only/],
    ['a package without a licence', { license: undefined }, /of no name/],
  ])('reports %s', (_name, change, fault) => {
    const faults = checkLockfile({ 'node_modules/a': { ...sound, ...change } as typeof sound });
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  test('refuses no package for a script that package.json refuses', () => {
    expect(checkLockfile({ 'node_modules/esbuild': { ...sound, hasInstallScript: true } })).toEqual(
      [],
    );
  });
});
