/**
 * Differences of PostgreSQL from SQLite in the shared SQL. All differences are in this file, in
 * `postgres-faults.ts` (the meaning of faults) and in `operation.ts` (how an act is run).
 */
import type { Value } from './act.ts';

/**
 * Texts are compared by their bytes, as in SQLite. So ids and cursors have one order on both
 * engines, in any language of the database. A cast parameter needs it too. Without it, a recursive
 * list of ids would have two orders at once.
 */
const bytewise = 'COLLATE "C"';

/**
 * Rows that are updated often leave space on their page. So the new version is on the same page,
 * and no index is written.
 */
const roomForUpdates = /^CREATE TABLE (?:families|throttles) \(/;

/** The clock of the database, in whole seconds since 1970. */
const nowInSeconds = 'CAST(FLOOR(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP)) AS BIGINT)';

export function toPostgresSql(sql: string): string {
  const cast = sql
    .replace(/CAST\((\$\d+) AS TEXT\)/g, `CAST($1 AS TEXT) ${bytewise}`)
    .replaceAll('unixepoch()', nowInSeconds);
  if (!/^(?:CREATE|ALTER) TABLE /.test(cast)) return cast;
  const ordered = cast.replace(/\bTEXT\b/g, `TEXT ${bytewise}`);
  return roomForUpdates.test(ordered) ? `${ordered} WITH (fillfactor = 80)` : ordered;
}

/** For an index on a table in use. It must run outside of a transaction. */
export function toConcurrentIndex(sql: string): string {
  return sql.replace(/ INDEX /, ' INDEX CONCURRENTLY ');
}

const escape = '\u{E000}';
const escaped = { '\0': `${escape}0`, [escape]: `${escape}1` } as const;
const needsEscape = new RegExp(`[\\0${escape}]`);
const everyEscapable = new RegExp(needsEscape, 'g');
const everyEscaped = new RegExp(`${escape}([01])`, 'g');

/**
 * PostgreSQL's text cannot hold U+0000. A caller may send it as part of an id, so it is written as
 * two characters.
 */
export function toPostgresValue(value: Value): string | null {
  if (value === null) return null;
  if (typeof value === 'number') return String(value);
  if (!needsEscape.test(value)) return value;
  return value.replace(everyEscapable, (character) => escaped[character as keyof typeof escaped]);
}

/**
 * Column types that are numbers here: int8, int2, int4, numeric. A JavaScript number holds all our
 * values exactly.
 */
const numberTypes: ReadonlySet<number> = new Set([20, 21, 23, 1700]);

export function fromPostgresValue(text: string | null, type: number): Value {
  if (text === null) return null;
  if (numberTypes.has(type)) return Number(text);
  return text.includes(escape)
    ? text.replace(everyEscaped, (_, place: string) => (place === '0' ? '\0' : escape))
    : text;
}
