import { describe, expect, test } from 'vitest';
import { checkLockfile } from './check-lockfile.ts';

describe('checkLockfile', () => {
  test('is content when everything that is needed is locked, beside its user or further out', () => {
    expect(
      checkLockfile({
        '': { dependencies: { a: '1' } },
        'packages/x': { dependencies: { a: '1' } },
        'node_modules/a': { version: '1', optionalDependencies: { b: '1', c: '1' } },
        'node_modules/a/node_modules/b': { version: '1', dependencies: { c: '1' } },
        'node_modules/c': { version: '1' },
      }),
    ).toEqual([]);
  });

  test('catches an optional package of another platform that was left out', () => {
    expect(checkLockfile({ 'node_modules/a': { optionalDependencies: { 'a-darwin': '1' } } })).toEqual([
      'package-lock.json: a-darwin, which node_modules/a needs, is missing',
    ]);
  });

  test('catches an address of a registry', () => {
    expect(checkLockfile({ 'node_modules/a': { resolved: 'https://packages.example/a.tgz' } })).toHaveLength(
      1,
    );
  });
});
