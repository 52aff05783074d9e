import { expect, it } from 'vitest';
import { findPostgres, isPostgresRequired } from './postgres-programs.ts';

it('leaves PostgreSQL out where it is not wanted, and asks for it on a build machine', () => {
  expect(findPostgres({ PATH: process.env['PATH'], KEYWRIGHT_TEST_POSTGRES: 'off' })).toBeUndefined();
  expect(isPostgresRequired({})).toBe(false);
  expect(isPostgresRequired({ CI: 'false' })).toBe(false);
  expect(isPostgresRequired({ CI: 'true' })).toBe(true);
  expect(isPostgresRequired({ KEYWRIGHT_TEST_POSTGRES: 'required' })).toBe(true);
  expect(isPostgresRequired({ CI: 'true', KEYWRIGHT_TEST_POSTGRES: 'off' })).toBe(false);
});
