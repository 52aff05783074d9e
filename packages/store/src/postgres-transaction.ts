/** Runs acts on a connection of PostgreSQL with as few round trips as possible. */
import { type Act, type Result, type Statement, wentOn } from './act.ts';
import type { PostgresSession } from './postgres-session.ts';

export type Isolation = 'SERIALIZABLE' | 'READ COMMITTED';

const begin: Readonly<Record<Isolation, Statement>> = {
  SERIALIZABLE: { sql: 'BEGIN ISOLATION LEVEL SERIALIZABLE', params: [] },
  'READ COMMITTED': { sql: 'BEGIN ISOLATION LEVEL READ COMMITTED', params: [] },
};
const commit: Statement = { sql: 'COMMIT', params: [] };
const rollback: Statement = { sql: 'ROLLBACK', params: [] };

export async function performRead<T>(act: Act<T>, session: PostgresSession): Promise<T> {
  let step = act.next();
  while (!step.done) step = act.next(await one(session, step.value));
  return step.value;
}

/**
 * The first statement alone, without a transaction: one round trip. Answers undefined if the
 * statement changed nothing and the act wants to continue. Then nothing has happened, and the act
 * starts again in a transaction.
 */
export async function performSingle<T>(
  act: Act<T>,
  session: PostgresSession,
): Promise<{ readonly value: T } | undefined> {
  const first = act.next();
  if (first.done) return { value: first.value };
  const result = await one(session, first.value);
  const next = act.next(result);
  if (next.done) return { value: next.value };
  if (result.changes > 0) throw new Error('An act of one statement wrote, and went on.');
  return undefined;
}

/**
 * BEGIN is sent with the first statement, and COMMIT with the statement that the act marks as its
 * last.
 */
export async function performTransaction<T>(
  act: Act<T>,
  session: PostgresSession,
  isolation: Isolation,
): Promise<T> {
  try {
    return await driveToCommit(act, session, begin[isolation]);
  } catch (error) {
    await rollBack(session);
    throw error;
  }
}

async function driveToCommit<T>(
  act: Act<T>,
  session: PostgresSession,
  opening: Statement,
): Promise<T> {
  let step = act.next();
  let leading: readonly Statement[] = [opening];
  while (!step.done) {
    const { value: statement } = step;
    const closing = statement.isLast === true ? [commit] : [];
    session.isInTransaction = true;
    const results = await session.run([...leading, statement, ...closing]);
    if (closing.length > 0) session.isInTransaction = false;
    const result = results[leading.length] as Result;
    step = act.next(result);
    const isUntouched = leading.length > 0 && result.changes === 0;
    if (closing.length > 0 && !step.done && !isUntouched) throw new Error(wentOn);
    leading = closing.length > 0 ? leading : [];
  }
  if (session.isInTransaction) await session.run([commit]);
  session.isInTransaction = false;
  return step.value;
}

/** If this fails too, the connection is destroyed, and the server rolls back. */
async function rollBack(session: PostgresSession): Promise<void> {
  if (!session.isInTransaction || session.isAbandoned) return;
  try {
    await session.run([rollback]);
    session.isInTransaction = false;
  } catch {
    // The error that led here is the one to report.
  }
}

async function one(session: PostgresSession, statement: Statement): Promise<Result> {
  const [result] = await session.run([statement]);
  return result as Result;
}
