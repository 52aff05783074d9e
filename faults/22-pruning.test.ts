/**
 * Ended rows of protocol extensions, of each type more than one batch. They are deleted while the
 * server works, a few at a time, and active rows stay.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { isPostgresAddress } from '@keywright/store';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientCredentials } from './actors.ts';
import { scaled } from './chance.ts';
import { queryRows } from './database.ts';
import { describeOnBothEngines } from './engines.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';

const dead = scaled(20_000);
const living = 100;
const longestMilliseconds = 500;
const endsWithinMilliseconds = 150_000;

/** Columns and values of each table. `n` identifies the row, and `at` is its end. */
const tables: Readonly<Record<string, readonly [columns: string, values: string]>> = {
  pushed_requests: ['digest, client_id, body, expires_at', "'p' || n, 'heatlens', 'sealed', at"],
  deferred_requests: [
    'digest, kind, client_id, status, body, interval_seconds, created_at, expires_at',
    "'d' || n, 'device', 'television', 'pending', '{}', 5, at - 600, at",
  ],
  access_tokens: ['digest, client_id, body, expires_at', "'a' || n, 'heatlens', '{}', at"],
  logout_targets: [
    'session_id, client_id, sid, account_id, subject, expires_at',
    "'s' || n, 'heatlens', 'sid', 'usr_ada', 'usr_ada', at",
  ],
  deliveries: [
    'id, kind, client_id, url, body, attempts, next_at, expires_at',
    "'l' || n, 'logout', 'heatlens', 'https://heatlens.example/', '{}', 1, at + 100, at",
  ],
  claims: ['id, expires_at', "'c' || n, at"],
};

/** In one statement each: `count` rows that end, or have ended, at this time. */
function fillings(prefix: string, count: number, at: number): readonly string[] {
  return Object.entries(tables).map(
    ([table, [columns, values]]) => `WITH RECURSIVE numbers (n, at, i) AS (
      SELECT CAST('${prefix}1' AS TEXT), CAST(${at} AS BIGINT), CAST(1 AS BIGINT) UNION ALL
      SELECT '${prefix}' || (i + 1), at, i + 1 FROM numbers WHERE i < ${count})
      INSERT INTO ${table} (${columns}) SELECT ${values} FROM numbers`,
  );
}

async function run(database: string, statements: readonly string[]): Promise<void> {
  if (!isPostgresAddress(database)) {
    const opened = new DatabaseSync(database, { timeout: 5000 });
    for (const sql of statements) opened.exec(sql);
    return opened.close();
  }
  const client = new Client({ connectionString: database });
  await client.connect();
  try {
    for (const sql of statements) await client.query(sql);
  } finally {
    await client.end();
  }
}

async function countRows(database: string, suffix = ''): Promise<number> {
  const counts = Object.keys(tables).map(async (table) => {
    const [row] = await queryRows(database, `SELECT COUNT(*) AS number FROM ${table} ${suffix}`);
    return Number(row?.['number']);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

describeOnBothEngines('What is dead', (engine) => {
  let nodes: Nodes;

  beforeAll(async () => {
    nodes = await startNodes({ engine, count: 1 });
    const now = Math.floor(Date.now() / 1000);
    await nodes.nodes[0]!.kill('SIGTERM');
    const alive = fillings('living', living, now + 86_400);
    await run(nodes.database, [...fillings('dead', dead, now - 86_400), ...alive]);
    await nodes.nodes[0]!.restart();
  });
  afterAll(() => nodes?.stop());

  it('is deleted in small batches, and what lives stays', async () => {
    const kinds = Object.keys(tables).length;
    const ends = Math.floor(Date.now() / 1000) - 7200;
    const [times, failures]: [number[], number[]] = [[], []];
    let [first, last] = [0, 0];
    let left = await countRows(nodes.database, `WHERE expires_at < ${ends}`);
    const began = performance.now();
    while (left > 0 && performance.now() - began < endsWithinMilliseconds) {
      const at = performance.now();
      const { status } = await clientCredentials(nodes.nodes[0]!);
      times.push(performance.now() - at);
      if (status !== 200) failures.push(status);
      await wait(5);
      if (times.length % 10 !== 0) continue;
      const now = await countRows(nodes.database, `WHERE expires_at < ${ends}`);
      if (now < left && first === 0) first = performance.now();
      if (now === 0) last = performance.now();
      left = now;
    }
    const stays = await countRows(nodes.database, `WHERE expires_at > ${ends}`);
    const longest = Math.max(...times);
    record({
      test: 22,
      title: `${dead} dead rows in each of ${kinds} tables`,
      engine,
      asked: `all deleted, ${living} active rows in each stay, no request fails, none takes longer than ${longestMilliseconds} ms`,
      reached: `${dead * kinds - left} of ${dead * kinds} deleted in ${((last - first) / 1000).toFixed(1)} s, ${stays} of ${living * kinds} stay, ${failures.length} of ${times.length} requests failed, the longest ${longest.toFixed(0)} ms`,
      passed:
        left === 0 &&
        stays === living * kinds &&
        failures.length === 0 &&
        longest <= longestMilliseconds,
    });
    expect(left).toBe(0);
    expect(stays).toBe(living * kinds);
    expect(failures).toEqual([]);
    expect(longest).toBeLessThanOrEqual(longestMilliseconds);
  });
});
