import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { isPostgresLeftOut } from '../../../store/src/testing-parts/contract.ts';
import { migrateSqlite } from '../../../store/src/migrate-sqlite.ts';
import { migrations } from '../../../store/src/migrations/index.ts';
import { SqliteConnection } from '../../../store/src/sqlite-connection.ts';
import { makeSchema } from '../../../store/src/testing-parts/shared-cluster.ts';
import { configuration, useKeywright } from './testing-parts/keywright.ts';

const { folder, run, serve, write } = useKeywright();
const known = migrations.length;
const { sealing_key_file: _, ...rest } = configuration;
const sealed = { ...rest, sealing_key: Buffer.alloc(32, 7).toString('base64') };

/** At schema 1, with a thousand families. */
function makeOld(name: string): string {
  const file = path.join(folder, name);
  const connection = SqliteConnection.openForWriting({ file, busyTimeoutMs: 0 });
  migrateSqlite(connection, 0, migrations.slice(0, 1));
  connection.close();
  const database = new DatabaseSync(file);
  database.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    INSERT INTO families (id, grant_id, account_id, client_id, scopes, audiences, authenticated_at, created_at, expires_at,
      absolute_expires_at, check_at)
    SELECT 'fam_' || i, 'grt', 'usr', 'app', '[]', '[]', 0, 0, 0, 0, 0 FROM n`);
  database.close();
  return file;
}

const versionOf = (file: string) => {
  const database = new DatabaseSync(file);
  const row = database.prepare('SELECT MAX(version) AS version FROM migrations').get();
  database.close();
  return row?.['version'];
};

const schemaOf = (file: string) => {
  const database = new DatabaseSync(file);
  const rows = database
    .prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name')
    .all();
  database.close();
  return rows;
};

const migrate = (...flags: readonly string[]) =>
  run(['migrate', '--config', write('sealed.json', sealed), ...flags]);

describe('keywright migrate', () => {
  test('lists with --dry-run what is missing, which statements block and how long, and changes nothing', async () => {
    const file = makeOld('old.db');
    const { out, code } = await migrate('--dry-run', '--database', file);
    expect(code).toBe(0);
    expect(out).toContain(`The store is at schema 1, and this version works with schema ${known}.`);
    expect(out).toContain('2 status: an older version no longer starts with it.');
    expect(out).toContain(
      '  makes the index families_by_ending of families (1,000 rows, about 1 s at most): writes wait',
    );
    expect(out).toContain('  adds the column token_status to apis: writes wait for a moment');
    expect(out).toContain(
      '    ALTER TABLE apis ADD COLUMN token_status INTEGER NOT NULL DEFAULT 0;',
    );
    expect(out).toContain('7 audit: versions with schema 6 still work with it.');
    expect(out).toMatch(/Nothing was changed\.\n$/);
    expect(versionOf(file)).toBe(1);
    const plan = JSON.parse((await migrate('--dry-run', '--json', '--database', file)).out);
    expect(plan).toMatchObject({ schema: 1, known, newer: [], unfinished: [] });
  });

  test('applies what is missing, and says the second time that nothing is missing', async () => {
    const file = makeOld('older.db');
    expect((await migrate('--database', file)).out).toMatch(
      new RegExp(`The store is at schema ${known} now\\.\\n$`),
    );
    expect(versionOf(file)).toBe(known);
    const again = await migrate('--database', file);
    expect(again.out).toBe(`The store is at schema ${known}. It is up to date.\n`);
  });

  test('does what the plan says: its statements, run by hand, make the same schema', async () => {
    const [typed, migrated] = [makeOld('typed.db'), makeOld('migrated.db')];
    const { missing } = JSON.parse((await migrate('--dry-run', '--json', '--database', typed)).out);
    const database = new DatabaseSync(typed);
    for (const { steps } of missing) for (const step of steps) database.exec(step.statement);
    database.close();
    await migrate('--database', migrated);
    expect(schemaOf(typed)).toEqual(schemaOf(migrated));
  });

  test('makes a database only without --dry-run', async () => {
    const file = path.join(folder, 'new.db');
    expect((await migrate('--dry-run', '--database', file)).code).toBe(0);
    expect(existsSync(file)).toBe(false);
    expect((await migrate('--database', file)).code).toBe(0);
    expect(versionOf(file)).toBe(known);
  });

  test('reports with --dry-run when the file is no database', async () => {
    const { err, code } = await migrate(
      '--dry-run',
      '--database',
      write('text.db', { text: 'x'.repeat(5000) }),
    );
    expect(err).toMatch(/^The store .*text\.db cannot be read: file is not a database\.\n$/);
    expect(code).toBe(1);
  });

  test('reports when a newer version, which is compatible, used the database', async () => {
    const file = path.join(folder, 'newer.db');
    await migrate('--database', file);
    const database = new DatabaseSync(file);
    database.exec(`INSERT INTO migrations VALUES (${known + 1}, 'next', 'x', 0, ${known})`);
    database.close();
    const { out } = await migrate('--database', file);
    expect(out).toContain(
      `at schema ${known + 1}, which belongs to a newer version. Versions with schema ${known}`,
    );
  });
});

describe('with the setting migrate: command,', () => {
  const withCommand = (database: string, name: string) =>
    write(name, { ...sealed, database, migrate: 'command' });

  test('no server and no command starts on an older schema, and both start after keywright migrate', async () => {
    const file = withCommand(makeOld('by-command.db'), 'by-command.json');
    for (const command of [['serve'], ['clients', 'list']]) {
      const { err, code } = await run([...command, '--config', file]);
      expect(err).toMatch(
        /^The store is at schema 1, and this version works with schema \d+: run `keywright migrate` first/,
      );
      expect(code).toBe(1);
    }
    expect((await run(['migrate', '--config', file])).code).toBe(0);
    const { address } = await serve('--config', file);
    expect((await fetch(`${address}/health/ready`)).status).toBe(200);
  });

  describe.skipIf(isPostgresLeftOut)('on PostgreSQL', () => {
    const schema = isPostgresLeftOut ? undefined : makeSchema();
    afterAll(async () => (await schema)?.drop());

    test('none starts on an empty database, and the plan names it', async () => {
      const file = withCommand((await schema)?.address ?? '', 'postgres-by-command.json');
      const refused = await run(['clients', 'list', '--config', file]);
      expect(refused.err).toMatch(/^The store is at schema 0/);
      const planned = await run(['migrate', '--dry-run', '--config', file]);
      expect(planned.out).toContain(
        '  makes the table families: nobody waits\n    CREATE TABLE families (\n      id TEXT COLLATE "C" NOT NULL PRIMARY KEY,\n',
      );
      expect((await run(['migrate', '--config', file])).out).toContain(`at schema ${known} now`);
      expect((await run(['clients', 'list', '--config', file])).code).toBe(0);
    });
  });
});
