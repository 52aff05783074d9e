import { describe, expect, it } from 'vitest';
import { loadSqlite } from './load-sqlite.ts';

describe('the embedded database', () => {
  it.each(['24.11.0', '24.12.1', '26.0.0'])('is available on Node %s', (version) => {
    expect(loadSqlite(version).DatabaseSync).toBeTypeOf('function');
  });

  it.each(['20.20.2', '22.14.0', '24.10.0'])(
    'is refused on Node %s with the version that is needed',
    (version) => {
      expect(() => loadSqlite(version)).toThrow(
        `@keywright/store needs Node 24.11 or newer, and this is Node ${version}.`,
      );
    },
  );
});
