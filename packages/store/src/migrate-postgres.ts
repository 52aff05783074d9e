/**
 * Migrations on PostgreSQL. Several nodes may start at once: each tries to apply what is missing in one transaction, the row in
 * `migrations` comes first in it, and so all but one wait for that row and then find it there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@keywright/core';
import { statement } from './act.ts';
import { countMissingMigrations, createMigrationTable, migrate } from './migrate.ts';
import { parsePostgresAddress } from './postgres-address.ts';
import { isWorthRepeating, sqlStateOf } from './postgres-faults.ts';
import { PostgresPool } from './postgres-pool.ts';
import { performRead, performTransaction } from './postgres-transaction.ts';

/** An index over many rows takes its time. A node that starts meanwhile waits as long. */
const timeoutMs = 600_000;
/** Most starts find nothing to do, and are to say soon that the database hangs. */
const checkMs = 4000;
const mostAttempts = 50;
const pauseMs = 50;

const undefinedTable = '42P01';

/** Two that create one table at the same time: duplicate_table, duplicate_object; or a row of the catalogue that both change. */
const lostRaces: ReadonlySet<string | undefined> = new Set(['42P07', '42710', 'XX000']);

export async function migratePostgres(address: string, clock: Clock): Promise<void> {
  const parsed = parsePostgresAddress(address);
  const pool = new PostgresPool({
    address: parsed,
    connections: 1,
    timeoutMs,
    connectMs: checkMs,
    maxPending: 1,
  });
  try {
    if (await isUpToDate(pool)) return;
    for (let attempt = 1; ; attempt++) {
      try {
        await migrateOnce(pool, clock);
        return;
      } catch (error) {
        const lost = isWorthRepeating(error) !== 'never' || lostRaces.has(sqlStateOf(error));
        if (!lost || attempt === mostAttempts) throw error;
        await delay(pauseMs);
      }
    }
  } finally {
    await pool.close();
  }
}

async function isUpToDate(pool: PostgresPool): Promise<boolean> {
  try {
    return (
      (await pool.use(performance.now() + checkMs, (session) =>
        performRead(countMissingMigrations(), session),
      )) === 0
    );
  } catch (error) {
    if (sqlStateOf(error) === undefinedTable) return false;
    throw error;
  }
}

async function migrateOnce(pool: PostgresPool, clock: Clock): Promise<void> {
  await pool.use(performance.now() + timeoutMs, async (session) => {
    await session.run([statement(createMigrationTable)]);
    if ((await performRead(countMissingMigrations(), session)) === 0) return;
    await performTransaction(migrate(clock.nowSeconds()), session, 'SERIALIZABLE');
  });
}
