/**
 * What the statements of a migration do, derived from their text: which ones can run later, and
 * what they lock.
 */
import type { Migration } from './index.ts';

type ChangeKind =
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'column'; readonly table: string; readonly column: string }
  | {
      readonly kind: 'index';
      readonly index: string;
      readonly table: string;
      /**
       * The same migration creates the table. So the table has no rows, and nothing waits for it.
       */
      readonly isOnNewTable: boolean;
    }
  | { readonly kind: 'index dropped'; readonly index: string }
  | { readonly kind: 'other' };

export type Change = ChangeKind & { readonly sql: string };

export type IndexChange = Extract<Change, { readonly kind: 'index' }>;

const createTable = /^CREATE TABLE (\w+) \(/;

type Read = (first: string, second: string, made: ReadonlySet<string>) => ChangeKind;

const kinds: readonly (readonly [RegExp, Read])[] = [
  [createTable, (table) => ({ kind: 'table', table })],
  [/^ALTER TABLE (\w+) ADD COLUMN (\w+) /, (table, column) => ({ kind: 'column', table, column })],
  [
    /^CREATE (?:UNIQUE )?INDEX (\w+) ON (\w+) /,
    (index, table, made) => ({ kind: 'index', index, table, isOnNewTable: made.has(table) }),
  ],
  [/^DROP INDEX (\w+)$/, (index) => ({ kind: 'index dropped', index })],
];

export function changesOf({ statements }: Pick<Migration, 'statements'>): readonly Change[] {
  const made = new Set(statements.flatMap((sql) => createTable.exec(sql)?.[1] ?? []));
  return statements.map((sql) => toChange(sql, made));
}

function toChange(sql: string, made: ReadonlySet<string>): Change {
  for (const [pattern, read] of kinds) {
    const [found, first = '', second = ''] = pattern.exec(sql) ?? [];
    if (found !== undefined) return { ...read(first, second, made), sql };
  }
  return { kind: 'other', sql };
}

/**
 * The indices on tables of an earlier migration, which may be large. Indices that a later migration
 * dropped are left out.
 */
export function indicesOnOlderTables(migrations: readonly Migration[]): readonly IndexChange[] {
  const changes = migrations.flatMap((migration) => changesOf(migration));
  const gone = new Set(
    changes.flatMap((change) => (change.kind === 'index dropped' ? change.index : [])),
  );
  return changes.filter(
    (change): change is IndexChange =>
      change.kind === 'index' && !change.isOnNewTable && !gone.has(change.index),
  );
}
