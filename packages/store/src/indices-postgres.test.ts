/**
 * The plans of PostgreSQL for every act, on tables with rows. They are the plans of a statement
 * that was prepared and used often.
 */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Act, Result, Row, Statement, Value } from './act.ts';
import { tables } from './acts/index.ts';
import { isPostgresLeftOut, now } from './testing-parts/contract.ts';
import { openPostgresStore } from './engine-postgres.ts';
import { performEveryVerb } from './testing-parts/every-verb.ts';
import { fromPostgresValue, toPostgresSql, toPostgresValue } from './postgres-dialect.ts';
import { makeSchema } from './testing-parts/shared-cluster.ts';

const rows = 20_000;

/** Far enough apart that a small part of each table has expired when the acts prune it. */
const ends = `${now} + 900000 + i * 60`;

/** Enough rows that reading a whole table costs more than any index. */
const filled: Readonly<Record<string, string>> = {
  clients: `id, kind, trust, name, redirect_uris, grant_types, scopes, optional_scopes, authentication_methods, secrets,
      id_token_algorithm, status, origin, created_at)
    SELECT 'c' || i, 'web', 'third-party', 'App', '[]', '[]', '[]', '[]', '[]', '[]', 'ES256', 'active', 'command', ${now}`,
  accounts: `id, email, email_key, email_verified, name, password_hash, status, created_at)
    SELECT 'u' || i, 'u' || i, 'u' || i, 1, 'Ada', '', 'active', ${now}`,
  sessions: `digest, id, account_id, authenticated_at, last_seen_at, expires_at)
    SELECT 'd' || i, 's' || i, 'u' || i, ${now}, ${now}, ${ends}`,
  grants: `id, account_id, client_id, scopes, declined_scopes, audiences, created_at, last_used_at, ended_at)
    SELECT 'g' || i, 'u' || i, 'c' || i % 100, '[]', '[]', '[]', ${now}, ${now}, CASE WHEN i % 10 = 0 THEN ${ends} END`,
  codes: `digest, grant_id, family_id, account_id, client_id, redirect_uri, redirect_uri_sent, code_challenge, scopes, audiences,
      authenticated_at, expires_at)
    SELECT 'd' || i, 'g' || i, 'f' || i, 'u' || i, 'c' || i % 100, '', 1, '', '[]', '[]', ${now}, ${ends}`,
  deferred_requests: `digest, kind, user_code, client_id, account_id, status, body, interval_seconds, created_at, expires_at)
    SELECT 'd' || i, 'device', 'm' || i, 'c' || i % 100, 'u' || i, 'pending', '{}', 5, ${now}, ${ends}`,
  claims: `id, expires_at) SELECT 'p' || i, ${ends}`,
  pushed_requests: `digest, client_id, body, expires_at) SELECT 'p' || i, 'c' || i % 100, '', ${ends}`,
  families: `id, grant_id, account_id, client_id, scopes, audiences, authenticated_at, created_at, expires_at, absolute_expires_at,
      ended_at, check_at)
    SELECT 'f' || i, 'g' || i, 'u' || i, 'c' || i % 100, '[]', '[]', ${now}, ${now}, ${ends}, ${ends},
      CASE WHEN i % 10 = 0 THEN ${ends} END, ${ends}`,
  throttles: `bucket, full_at_ms) SELECT 'b' || i, (${ends}) * CAST(1000 AS BIGINT)`,
  status_entries: `id, list, idx) SELECT 'f' || i, 1 + i / 5000, i % 5000`,
  api_keys: `id, client_id, environment, name, audience, scopes, networks, digest, created_at, expires_at, ends_at, replaces)
    SELECT 'k' || i, 'c' || i, 'live', 'Key', 'a' || i % 100, '[]', '[]', 'd' || i, ${now}, ${ends}, ${ends}, 'r' || i`,
  client_secret_uses: `secret_id, client_id, last_used_at) SELECT 's' || i, 'c' || i, ${now} - 40000000 + i * 3600`,
  permissions: `subject_type, subject_id, action, resource_type, resource_id, created_at)
    SELECT 'user', 'u' || i, 'read', 'building', 'b' || i, ${now}`,
  audit: `chain, position, at, type, account, client_id, body, previous, hash, mac)
    SELECT 'h' || i / 40, i % 40, i, 't' || i % 40, 'u' || i, 'c' || i % 100, '{}', '', 'h' || i, ''`,
  audit_heads: `chain, position, hash, signed_at, is_closed, mac, linked_position, linked_mac)
    SELECT 'h' || i, 40, '', i, 1, '', 40, ''`,
  access_tokens: `digest, client_id, body, expires_at)
    SELECT 'd' || i, 'c' || i % 100, '{}', ${ends}`,
  logout_targets: `session_id, client_id, sid, account_id, subject, expires_at, ended_at)
    SELECT 's' || i, 'c' || i % 100, 'n' || i, 'u' || i, 'u' || i, ${ends}, CASE WHEN i % 10 = 0 THEN ${ends} END`,
  deliveries: `id, kind, client_id, url, body, attempts, next_at, expires_at)
    SELECT 'm' || i, 'logout', 'c' || i % 100, 'https://app.example/', '{}', 0, ${ends}, ${ends}`,
  verification_codes: `id, purpose, mac, tries, expires_at)
    SELECT 'v' || i, 'recovery', 'm' || i, 0, ${ends}`,
  second_factors: `account_id, sealed_secret, last_step, created_at)
    SELECT 'u' || i, 'sealed', i, ${now}`,
  recovery_codes: `digest, account_id) SELECT 'd' || i, 'u' || i / 10`,
  invitations: `id, email, email_key, created_at, expires_at)
    SELECT 'i' || i, 'u' || i, 'u' || i, ${now}, ${ends}`,
  former_emails: `id, account_id, email, email_key, changed_at, expires_at)
    SELECT 'e' || i, 'u' || i, 'u' || i, 'u' || i, ${now}, ${ends}`,
  passkeys: `id, account_id, public_key, signature_counter, transports, aaguid, syncable, backed_up, passkey_name, added_at)
    SELECT 'p' || i, 'u' || i, '', 0, '[]', '', 1, 1, 'Phone', ${now}`,
  links: `kind, lower_type, lower_id, upper_type, upper_id, created_at)
    SELECT CASE WHEN i % 2 = 0 THEN 'membership' ELSE 'containment' END, 'user', 'u' || i, 'group', 'g' || i % 1000, ${now}`,
};

/** Tables with few rows, which are read as a whole. */
const small = /^(?:signing_keys|apis|migrations|leases|seals)$/;

/**
 * PostgreSQL plans a prepared statement five times for its values, and later without them if this
 * costs no more.
 */
const timesUntilSettled = 6;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

function findScans(plan: Plan): readonly string[] {
  const { 'Node Type': type, 'Relation Name': table } = plan;
  const own = type === 'Seq Scan' && table !== undefined && !small.test(table) ? [table] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(findScans)];
}

function quote(value: Value): string {
  const text = toPostgresValue(value);
  return text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`;
}

describe.skipIf(isPostgresLeftOut)('on PostgreSQL, with rows in every table that grows', () => {
  let schema: Awaited<ReturnType<typeof makeSchema>>;
  let client: Client;
  let prepared = 0;

  beforeAll(async () => {
    schema = await makeSchema();
    await (await openPostgresStore({ address: schema.address })).close();
    client = new Client({ connectionString: schema.address });
    await client.connect();
    for (const [table, columns] of Object.entries(filled))
      await client.query(`INSERT INTO ${table} (${columns} FROM generate_series(1, ${rows}) AS i`);
    await client.query('ANALYZE');
  });
  afterAll(async () => {
    await client.end();
    await schema.drop();
  });

  async function explain({ sql, params }: Statement): Promise<readonly string[]> {
    const name = `plan_${(prepared += 1)}`;
    await client.query(`PREPARE ${name} AS ${toPostgresSql(sql)}`);
    const values = params.length === 0 ? '' : `(${params.map(quote).join(', ')})`;
    const scans = new Set<string>();
    for (let time = 1; time <= timesUntilSettled; time += 1) {
      const answer = await client.query(`EXPLAIN (FORMAT JSON) EXECUTE ${name}${values}`);
      const [{ Plan: plan }] = answer.rows[0]['QUERY PLAN'] as readonly [{ readonly Plan: Plan }];
      for (const table of findScans(plan)) scans.add(`${table}: ${sql}`);
    }
    await client.query(`DEALLOCATE ${name}`);
    return [...scans];
  }

  async function perform<T>(act: Act<T>, scans: string[]): Promise<T> {
    await client.query('BEGIN');
    let step = act.next();
    while (!step.done) {
      scans.push(...(await explain(step.value)));
      step = act.next(await run(step.value));
    }
    await client.query('COMMIT');
    return step.value;
  }

  async function run({ sql, params }: Statement): Promise<Result> {
    const answer = await client.query<(string | null)[]>({
      text: toPostgresSql(sql),
      values: params.map(toPostgresValue),
      rowMode: 'array',
      types: { getTypeParser: () => String },
    });
    const toRow = (values: readonly (string | null)[]): Row =>
      Object.fromEntries(
        answer.fields.map(({ name, dataTypeID }, place) => [
          name,
          fromPostgresValue(values[place] ?? null, dataTypeID),
        ]),
      );
    return { rows: answer.rows.map(toRow), changes: answer.rowCount ?? 0 };
  }

  it('there are rows in every table except the small ones', () => {
    const others = [...tables.keys()].filter((table) => !small.test(table));
    expect(Object.keys(filled).toSorted()).toEqual(others.toSorted());
  });

  it('every act finds its rows by an index', async () => {
    const scans: string[] = [];
    await performEveryVerb((act) => perform(act, scans));
    expect(scans).toEqual([]);
  });
});
