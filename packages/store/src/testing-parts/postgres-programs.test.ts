import { expect, it } from 'vitest';
import { findPostgres, isPostgresRequired } from './postgres-programs.ts';

it('tests without PostgreSQL skip it if it is left out, and fail if it is required', () => {
  expect(findPostgres({ PATH: process.env['PATH'], TESTS_POSTGRES: 'off' })).toBeUndefined();
  expect(isPostgresRequired({ CI: 'true' })).toBe(false);
  expect(isPostgresRequired({ TESTS_POSTGRES: 'off' })).toBe(false);
  expect(isPostgresRequired({ TESTS_POSTGRES: 'required' })).toBe(true);
});
