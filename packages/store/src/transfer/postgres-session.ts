/** One transaction on PostgreSQL. It may last for hours, also behind a pooler of transactions. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Statement, statement } from '../act.ts';
import { parsePostgresAddress } from '../postgres-address.ts';
import { isWorthRepeating, sqlStateOf, toStoreError } from '../postgres-faults.ts';
import { onOneConnection, type PostgresPool } from '../postgres-pool.ts';
import type { PostgresSession } from '../postgres-session.ts';

const longestMs = 24 * 60 * 60 * 1000;

/**
 * For this transaction only. A setting of the session would stay with the connection of the pooler.
 */
const withoutLimits: readonly Statement[] = [
  statement('SET LOCAL statement_timeout = 0'),
  statement('SET LOCAL idle_in_transaction_session_timeout = 0'),
];

/** Two seconds, so that no request waits longer than it may take. */
const lockSoon: readonly Statement[] = [statement("SET LOCAL lock_timeout = '2s'")];
const lockNotAvailable = '55P03';
const mostAttempts = 20;

export interface Transaction<T> {
  readonly opening: string;
  readonly work: (session: PostgresSession) => Promise<T>;
  /** Starts again after a conflict with other transactions. */
  readonly repeats?: true;
}

/** Commits when `work` is done. Stores nothing if it throws. */
export async function inLongTransaction<T>(
  address: string,
  transaction: Transaction<T>,
): Promise<T> {
  const attempts = transaction.repeats === true ? mostAttempts : 1;
  // A mistake in the address is reported as it is.
  parsePostgresAddress(address);
  try {
    return await onOneConnection(address, (pool) =>
      repeat(() => attempt(pool, transaction), attempts),
    );
  } catch (error) {
    throw toStoreError(error, 'The database cannot be used');
  }
}

function attempt<T>(pool: PostgresPool, { opening, work, repeats }: Transaction<T>): Promise<T> {
  return pool.use(performance.now() + longestMs, async (session) => {
    // If anything fails, the connection is destroyed, and the server rolls back.
    session.isInTransaction = true;
    await session.run([
      statement(opening),
      ...withoutLimits,
      ...(repeats === true ? lockSoon : []),
    ]);
    const result = await work(session);
    await session.run([statement('COMMIT')]);
    session.isInTransaction = false;
    return result;
  });
}

async function repeat<T>(once: () => Promise<T>, attempts: number): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once();
    } catch (error) {
      const inTheWay =
        isWorthRepeating(error) !== 'never' || sqlStateOf(error) === lockNotAvailable;
      if (!inTheWay || attempt === attempts) throw error;
      await delay(Math.random() * 200);
    }
  }
}
