/**
 * What a migration may do, so that the version before continues to work beside it: docs/storage.md,
 * "Upgrades".
 */
import { changesOf } from '../changes.ts';
import type { Migration } from '../index.ts';

/** The first version whose programs check what a migration works with. */
const firstThatAsks = 6;

/** Dropped before the rule existed. */
const droppedBefore: ReadonlySet<string> = new Set(['grants_by_client']);

const columnTypes = /^ALTER TABLE \w+ ADD COLUMN \w+ (?:TEXT|BIGINT|INTEGER)\b/;
const plainDefault = / DEFAULT (?:-?\d+|'[^']*')$/;

/** Answers an empty list if all rules are kept. */
export function listFaults(migration: Migration): readonly string[] {
  return [...listFaultsOfStatements(migration), ...listFaultsOfVersions(migration)];
}

function listFaultsOfStatements(migration: Migration): readonly string[] {
  return changesOf(migration).flatMap((change) => {
    const { kind, sql } = change;
    if (kind === 'other') return [`${sql}: adds no table, column or index`];
    if (kind === 'index dropped' && !droppedBefore.has(change.index))
      return [`${sql}: the version before may need it`];
    if (kind === 'index' && !change.isOnNewTable && sql.startsWith('CREATE UNIQUE '))
      return [`${sql}: the version before may write what it refuses`];
    return kind === 'column' ? listFaultsOfColumn(sql) : [];
  });
}

function listFaultsOfColumn(sql: string): readonly string[] {
  if (!columnTypes.test(sql)) return [`${sql}: its type is TEXT, BIGINT or INTEGER`];
  if (/\b(?:UNIQUE|PRIMARY KEY|REFERENCES|CHECK|GENERATED)\b/.test(sql))
    return [`${sql}: the version before may write what it refuses`];
  if (/\b(?:NOT NULL|DEFAULT)\b/.test(sql) && !plainDefault.test(sql))
    return [
      `${sql}: NOT NULL needs a DEFAULT, as the version before does not write it; and that is plain, or each row is written anew`,
    ];
  return [];
}

function listFaultsOfVersions({ version, worksWith }: Migration): readonly string[] {
  if (version <= firstThatAsks)
    return worksWith === undefined ? [] : ['says with what it works, to programs that do not ask'];
  if (worksWith === undefined) return ['does not say that it works with the version before'];
  const isPossible =
    Number.isInteger(worksWith) && worksWith >= firstThatAsks && worksWith < version;
  return isPossible ? [] : [`cannot work with ${worksWith}`];
}
