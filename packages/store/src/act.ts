/**
 * An act is a generator: it yields statements and is given their results, and knows no engine. So
 * one text runs synchronously inside the SQLite writer and asynchronously on PostgreSQL. An act
 * that throws leaves nothing behind.
 *
 * SQL keeps to what SQLite 3.35 and PostgreSQL 15 both understand: `$1` parameters, ON CONFLICT,
 * RETURNING, TEXT and BIGINT columns, JSON as TEXT, CASE in place of MIN(a, b) and GREATEST. Where
 * a bare parameter would leave its type open (in a SELECT list or a CASE branch), PostgreSQL needs
 * the CAST that SQLite could do without.
 *
 * Acts assume that transactions are serializable: SQLite has one writer; another engine runs them
 * at that level and repeats what it could not serialize. An act is a pure function of its arguments
 * and the rows, so it can be repeated.
 */
export type Value = string | number | null;

export interface Statement {
  readonly sql: string;
  readonly params: readonly Value[];
  /**
   * The act yields nothing more: an engine may commit in the same round trip. Only where it is the
   * first, too, and changed nothing, may the act go on: as nothing has happened, an engine may do
   * so in a new transaction.
   */
  readonly isLast?: true;
}

export type Row = Readonly<Record<string, Value>>;

export interface Result {
  readonly rows: readonly Row[];
  /** Rows written; with RETURNING, rows returned. */
  readonly changes: number;
}

export type Act<T> = Generator<Statement, T, Result>;

export function statement(sql: string, ...params: Value[]): Statement {
  return { sql, params };
}

/** The same statement, behind which the act ends. */
export function last(statement: Statement): Statement {
  return { ...statement, isLast: true };
}

/** A mistake in an act: see `isLast`. */
export const wentOn = 'An act went on after its last statement.';

/** Runs an act on an engine that answers at once. */
export function performAct<T>(act: Act<T>, execute: (statement: Statement) => Result): T {
  let step = act.next();
  let isFirst = true;
  while (!step.done) {
    const { value: statement } = step;
    const result = execute(statement);
    step = act.next(result);
    const isUntouched = isFirst && result.changes === 0;
    if (statement.isLast === true && !step.done && !isUntouched) throw new Error(wentOn);
    isFirst = false;
  }
  return step.value;
}
