import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { performAct } from '../act.ts';
import { makeFolder, now } from '../contract.ts';
import { openSqliteStore } from '../engine-sqlite.ts';
import { createMigrationTable, migrate } from '../migrate.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { first } from './0001-first.ts';

/** A store as the first version left it: an API, a client with a family, and a code that was not redeemed. */
const rows = [
  `INSERT INTO apis VALUES ('https://api.example', 'API', '[]', '[]', 'config')`,
  `INSERT INTO accounts VALUES ('usr_a', 'a@example.org', 'a@example.org', 1, 'Ada', '', 'active', ${now})`,
  `INSERT INTO clients VALUES ('app', 'web', 'third-party', 'App', NULL, NULL, '[]', '[]', '[]', '[]', '[]', '[]', 'ES256',
    'active', 'command', ${now})`,
  `INSERT INTO grants VALUES ('grt_a', 'usr_a', 'app', '["openid"]', '[]', '[]', ${now}, ${now}, NULL)`,
  `INSERT INTO codes VALUES ('code', 'grt_a', 'fam_b', 'usr_a', 'app', 'https://app.example', 1, 'c', '["openid"]', '[]', NULL,
    ${now}, ${now + 60}, NULL)`,
  `INSERT INTO families VALUES ('fam_a', 'grt_a', 'usr_a', 'app', '["openid"]', '[]', ${now}, 'd.0', NULL, NULL, NULL, ${now},
    ${now + 1000}, ${now + 5000}, NULL, ${now + 1000})`,
];

it('brings a store of the first version up to date, with everything in it as it was', async () => {
  const folder = makeFolder();
  const file = join(folder.path, 'store.db');
  const old = SqliteConnection.openForWriting({ file, busyTimeoutMs: 0 });
  old.execute({ sql: createMigrationTable, params: [] });
  old.transaction(() => performAct(migrate(now, [first]), old.execute));
  for (const sql of rows) old.execute({ sql, params: [] });
  old.close();

  const store = await openSqliteStore({ file, clock: { nowSeconds: () => now } });
  expect(await store.apis.list()).toMatchObject([{ name: 'API', tokenStatus: false }]);
  const code = await store.codes.load('code');
  expect(code).not.toHaveProperty('sessionId');
  const family = await store.families.load('fam_a');
  expect(family).toMatchObject({ currentDigest: 'd.0', expiresAt: now + 1000 });
  expect(family).not.toHaveProperty('sessionId');
  const born = { ...family!, id: 'fam_b', currentDigest: 'e.0' };
  expect((await store.codes.redeem('code', born, now)).outcome).toBe('redeemed');
  expect(await store.clients.disable('app', now)).toBe(true);
  expect((await store.families.load('fam_a'))?.endedAt).toBe(now);
  await store.close();

  const database = new DatabaseSync(file);
  expect(database.prepare('SELECT MAX(version) >= 2 AS upToDate FROM migrations').get()).toEqual({
    upToDate: 1,
  });
  database.close();
  folder.remove();
});
