/**
 * A store as a large platform has it after a while: people, applications, what each agreed to, and
 * refresh tokens. Written by SQL, since ten million sign-ins would take days; the rows are as long
 * as real ones, and lie in no order that a cache would like. Among them, everywhere, lie things
 * whose secrets are known, so that they can be used.
 */
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { digest } from '@keywright/jwt';
import { isPostgresAddress } from '@keywright/store';
import { Client } from 'pg';
import { familyIdOf } from '../packages/core/src/model/token-id.ts';
import type { Cast, Credentials } from './cast.ts';

export interface Filling {
  /** Each has five grants and ten refresh tokens; for each ten there is one application. */
  readonly people: number;
  readonly knownFamilies: number;
  readonly knownServices: number;
}

export interface Known {
  readonly refreshTokens: readonly string[];
  readonly services: readonly Credentials[];
}

/** What differs between the two engines, where rows are made and not sent. */
interface Filler {
  /** Runs statements without parameters. */
  run(sql: string): Promise<void>;
  insert(
    table: string,
    columns: string,
    rows: readonly (readonly (string | number | null)[])[],
  ): Promise<void>;
  /** The numbers from the first to the last, as `n(i)`. */
  numbers(first: number, last: number): string;
  hex(expression: string, digits: number): string;
  close(): Promise<void>;
}

const day = 86_400;
const grantsEach = 5;
const familiesEach = 10;
const chunks = 20;
/** Odd, so that each number up to 2^32 has another one in its place. */
const scrambler = 2_654_435_761;

/** The store must have its tables. Answers what is known of it. */
export async function fillStore(database: string, cast: Cast, filling: Filling): Promise<Known> {
  const filler = isPostgresAddress(database) ? await openPostgres(database) : openSqlite(database);
  const known = makeKnown(filling);
  try {
    await fillClients(filler, cast, filling, known.services);
    await filler.run('DROP INDEX families_by_grant');
    await filler.run('DROP INDEX families_by_check');
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      await fillPeople(filler, chunk, filling.people, filling.people / familiesEach);
      await fillKnown(filler, cast, everyNth(known.refreshTokens, chunk));
    }
    await filler.run('CREATE INDEX families_by_grant ON families (grant_id)');
    await filler.run('CREATE INDEX families_by_check ON families (check_at)');
  } finally {
    await filler.close();
  }
  return known;
}

function makeKnown({ knownFamilies, knownServices }: Filling): Known {
  const secret = (bytes: number) => randomBytes(bytes).toString('base64url');
  return {
    refreshTokens: Array.from(
      { length: knownFamilies },
      () => `rt_${secret(17).slice(0, 22)}.${secret(32)}`,
    ),
    services: Array.from({ length: knownServices }, (_, index) => ({
      id: `known-service-${index}`,
      secret: secret(32),
    })),
  };
}

function everyNth<T>(all: readonly T[], first: number): readonly T[] {
  return all.filter((_, index) => index % chunks === first);
}

const clientColumns = `id, kind, trust, name, redirect_uris, grant_types, scopes, optional_scopes, authentication_methods, secrets,
  id_token_algorithm, status, origin, created_at`;

async function fillClients(
  filler: Filler,
  { api }: Cast,
  { people }: Filling,
  services: readonly Credentials[],
): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const rows = services.map(({ id, secret }) => {
    const secrets = JSON.stringify([{ id: 'sec_1', digest: digest(secret), createdAt: now }]);
    const scopes = JSON.stringify([api.scope]);
    const lists = [
      '[]',
      '["client_credentials"]',
      scopes,
      '[]',
      '["client_secret_basic"]',
      secrets,
    ];
    return [
      id,
      'service',
      'first-party',
      'Known service',
      ...lists,
      'ES256',
      'active',
      'command',
      now,
    ];
  });
  await filler.insert('clients', clientColumns, rows);
  const count = people / familiesEach;
  if (count < 1) return;
  await filler.run(`INSERT INTO clients (${clientColumns}) ${filler.numbers(1, count)}
    SELECT 'client-' || i, 'web', 'third-party', 'Application ' || i, '["https://app-' || i || '.example/callback"]',
      '["authorization_code","refresh_token"]', '["openid","profile","${api.scope}"]', '[]',
      '["client_secret_basic"]', '[{"id":"sec_1","digest":"' || ${filler.hex('i', 43)} || '","createdAt":${now}}]',
      'ES256', 'active', 'command', ${now} FROM n`);
}

const accountColumns =
  'id, email, email_key, email_verified, name, password_hash, status, created_at';
const grantColumns =
  'id, account_id, client_id, scopes, declined_scopes, audiences, created_at, last_used_at';
const familyColumns = `id, grant_id, account_id, client_id, scopes, audiences, authenticated_at, current_digest, previous_digest,
  sealed_successor, rotated_at, created_at, expires_at, absolute_expires_at, check_at`;
const passwordHash = `$argon2id$v=19$m=19456,t=2,p=1$${'s'.repeat(22)}$${'h'.repeat(43)}`;

async function fillPeople(
  filler: Filler,
  chunk: number,
  people: number,
  clients: number,
): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const [first, last] = [
    Math.floor((people * chunk) / chunks) + 1,
    Math.floor((people * (chunk + 1)) / chunks),
  ];
  if (last < first) return;
  const id = (prefix: string, number: string) =>
    `'${prefix}' || ${filler.hex(`(${number}) * ${scrambler} % 4294967296`, 8)} || ${filler.hex(number, 14)}`;
  const text = (number: string) => filler.hex(`(${number}) * ${scrambler} % 4294967296`, 43);
  await filler.run(`INSERT INTO accounts (${accountColumns}) ${filler.numbers(first, last)}
    SELECT ${id('usr_', 'i')}, 'person-' || i || '@filled.example', 'person-' || i || '@filled.example', 1, 'Person ' || i,
      '${passwordHash}', 'active', ${now} FROM n`);
  await filler.run(`INSERT INTO sessions (digest, id, account_id, authenticated_at, last_seen_at, expires_at)
    ${filler.numbers(first, last)}
    SELECT ${text('i')}, ${id('ses_', 'i')}, ${id('usr_', 'i')}, ${now}, ${now}, ${now + 30 * day} FROM n`);
  const account = `(i - 1) / ${grantsEach} + 1`;
  const client = (grant: string) => `'client-' || ((${grant}) * 7919 % ${clients} + 1)`;
  await filler.run(`INSERT INTO grants (${grantColumns}) ${filler.numbers((first - 1) * grantsEach + 1, last * grantsEach)}
    SELECT ${id('grt_', 'i')}, ${id('usr_', account)}, ${client('i')}, '["openid","profile","buildings:read"]', '[]',
      '["https://api.bench.example/"]', ${now}, ${now} FROM n`);
  const grant = `(i - 1) / ${familiesEach / grantsEach} + 1`;
  const owner = `(i - 1) / ${familiesEach} + 1`;
  await filler.run(`INSERT INTO families (${familyColumns}) ${filler.numbers((first - 1) * familiesEach + 1, last * familiesEach)}
    SELECT ${id('fam_', 'i')}, ${id('grt_', grant)}, ${id('usr_', owner)}, ${client(grant)},
      '["openid","profile","buildings:read"]', '["https://api.bench.example/"]', ${now}, ${text('i')}, ${text('i + 1')},
      '${'s'.repeat(134)}', ${now}, ${now}, ${now + 30 * day}, ${now + 365 * day}, ${now + 30 * day} FROM n`);
}

async function fillKnown(
  filler: Filler,
  { app, api }: Cast,
  refreshTokens: readonly string[],
): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const scopes = JSON.stringify([api.scope]);
  const audiences = JSON.stringify([api.identifier]);
  const families = refreshTokens.map((token) => {
    const family = familyIdOf(token.slice(3, 25));
    return {
      token,
      family,
      account: family.replace('fam_', 'usr_'),
      grant: family.replace('fam_', 'grt_'),
    };
  });
  await filler.insert(
    'accounts',
    accountColumns,
    families.map(({ account }) => {
      const email = `${account.toLowerCase()}@known.example`;
      return [account, email, `${account}@known.example`, 1, 'Known', passwordHash, 'active', now];
    }),
  );
  await filler.insert(
    'grants',
    grantColumns,
    families.map(({ grant, account }) => [
      grant,
      account,
      app.id,
      scopes,
      '[]',
      audiences,
      now,
      now,
    ]),
  );
  await filler.insert(
    'families',
    familyColumns,
    families.map(({ token, family, grant, account }) => [
      family,
      grant,
      account,
      app.id,
      scopes,
      audiences,
      now,
      digest(token),
      null,
      null,
      null,
      now,
      now + 30 * day,
      now + 365 * day,
      now + 30 * day,
    ]),
  );
}

function openSqlite(file: string): Filler {
  const database = new DatabaseSync(file);
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -3000000',
  );
  return {
    run: async (sql) => database.exec(sql),
    insert: async (table, columns, rows) => {
      const places = rows[0]?.map(() => '?').join(', ');
      if (places === undefined) return;
      const prepared = database.prepare(`INSERT INTO ${table} (${columns}) VALUES (${places})`);
      database.exec('BEGIN');
      for (const row of rows) prepared.run(...row);
      database.exec('COMMIT');
    },
    numbers: (first, last) =>
      `WITH RECURSIVE n(i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM n WHERE i < ${last})`,
    hex: (expression, digits) => `printf('%0${digits}x', ${expression})`,
    close: async () => {
      database.exec('ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
    },
  };
}

const rowsAtOnce = 1000;

async function openPostgres(address: string): Promise<Filler> {
  const client = new Client({ connectionString: address });
  await client.connect();
  await client.query('SET synchronous_commit = off');
  const insertSome = async (
    table: string,
    columns: string,
    rows: readonly (readonly unknown[])[],
  ) => {
    const width = rows[0]?.length ?? 0;
    const places = rows.map(
      (_, at) =>
        `(${Array.from({ length: width }, (_, column) => `$${at * width + column + 1}`).join(', ')})`,
    );
    await client.query(
      `INSERT INTO ${table} (${columns}) VALUES ${places.join(', ')}`,
      rows.flat(),
    );
  };
  return {
    run: async (sql) => void (await client.query(sql)),
    insert: async (table, columns, rows) => {
      for (let at = 0; at < rows.length; at += rowsAtOnce)
        await insertSome(table, columns, rows.slice(at, at + rowsAtOnce));
    },
    numbers: (first, last) =>
      `WITH n(i) AS (SELECT s.i::bigint FROM generate_series(${first}, ${last}) AS s(i))`,
    hex: (expression, digits) => `lpad(to_hex((${expression})::bigint), ${digits}, '0')`,
    close: async () => {
      await client.query('VACUUM (ANALYZE)');
      await client.query('CHECKPOINT');
      await client.end();
    },
  };
}
