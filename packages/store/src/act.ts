/**
 * An act is a generator. It yields statements and is given their results, and knows no engine. So
 * the same code runs synchronously in the SQLite writer and asynchronously on PostgreSQL. An act
 * that throws changes nothing.
 *
 * The SQL uses only what SQLite 3.35 and PostgreSQL 15 both understand: `$1` parameters, ON
 * CONFLICT, RETURNING, TEXT and BIGINT columns, JSON as TEXT, CASE instead of MIN(a, b) and
 * GREATEST. Where the type of a bare parameter would be open (in a SELECT list or a CASE branch),
 * PostgreSQL needs a CAST. SQLite does not.
 *
 * Acts assume that transactions are serializable. SQLite has one writer. Another engine runs acts
 * at that level, and repeats an act that it could not serialize. An act is a pure function of its
 * arguments and the rows, so it can be repeated.
 */
export type Value = string | number | null;

export interface Statement {
  readonly sql: string;
  readonly params: readonly Value[];
  /**
   * The act yields nothing after this statement, so an engine may commit in the same round trip.
   * There is one exception: if the statement is also the first one and changed nothing, the act may
   * continue. Then nothing has happened, and the engine may continue in a new transaction.
   */
  readonly isLast?: true;
}

export type Row = Readonly<Record<string, Value>>;

export interface Result {
  readonly rows: readonly Row[];
  /** Rows written. With RETURNING: rows returned. */
  readonly changes: number;
}

export type Act<T> = Generator<Statement, T, Result>;

export function statement(sql: string, ...params: Value[]): Statement {
  return { sql, params };
}

/** The same statement, marked as the last one of its act. */
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
