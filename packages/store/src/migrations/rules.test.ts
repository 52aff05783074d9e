import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { migrations } from './index.ts';
import { listFaults } from './testing-parts/rules.ts';

const acts = join(import.meta.dirname, '../acts');
const sources = readdirSync(acts)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => [file, readFileSync(join(acts, file), 'utf8')] as const);

describe('a migration', () => {
  it.each(migrations)('$version $name keeps the rules: it only adds', (migration) => {
    expect(listFaults(migration)).toEqual([]);
  });

  it.each([
    'DROP TABLE codes',
    'ALTER TABLE codes DROP COLUMN nonce',
    'ALTER TABLE codes RENAME COLUMN nonce TO number',
    'ALTER TABLE codes RENAME TO tickets',
    'ALTER TABLE codes ALTER COLUMN nonce SET NOT NULL',
    'UPDATE codes SET nonce = NULL',
    'DELETE FROM codes',
    'DROP INDEX codes_by_end',
    'ALTER TABLE codes ADD COLUMN dpop TEXT NOT NULL',
    'ALTER TABLE codes ADD COLUMN at BIGINT NOT NULL DEFAULT (random())',
    'ALTER TABLE codes ADD COLUMN at BIGINT DEFAULT (random())',
    'ALTER TABLE codes ADD COLUMN dpop TEXT UNIQUE',
    'ALTER TABLE codes ADD COLUMN dpop JSONB',
    'CREATE UNIQUE INDEX codes_by_family ON codes (family_id)',
    'CREATE TRIGGER t AFTER INSERT ON codes BEGIN SELECT 1; END',
  ])('may not do this: %s', (sql) => {
    expect(listFaults({ version: 9, name: 'x', worksWith: 8, statements: [sql] })).toHaveLength(1);
  });

  it.each([
    'ALTER TABLE codes ADD COLUMN dpop TEXT',
    'ALTER TABLE codes ADD COLUMN dpop INTEGER NOT NULL DEFAULT 0',
    "ALTER TABLE codes ADD COLUMN dpop TEXT DEFAULT 'none'",
    'CREATE INDEX codes_by_family ON codes (family_id)',
    'CREATE TABLE more (id TEXT NOT NULL PRIMARY KEY)',
  ])('may do this: %s', (sql) => {
    expect(listFaults({ version: 9, name: 'x', worksWith: 8, statements: [sql] })).toEqual([]);
  });

  it('says that it works with the version before, but not with a version that does not check this', () => {
    const bare = { version: 9, name: 'x', statements: [] };
    expect(listFaults(bare)).toHaveLength(1);
    for (const worksWith of [5, 9, 10, 7.5])
      expect(listFaults({ ...bare, worksWith })).toHaveLength(1);
    for (const worksWith of [6, 8]) expect(listFaults({ ...bare, worksWith })).toEqual([]);
  });
});

describe('acts', () => {
  it.each(sources)(
    'name the columns they write and read, whatever a newer version has added: %s',
    (_, text) => {
      expect(text).not.toMatch(/SELECT (?:\w+\.)?\*/);
      expect(text).not.toMatch(/INSERT INTO \w+ (?!\()/);
    },
  );
});
