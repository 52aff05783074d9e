/**
 * Backups and moves, as people make them: beside a server that runs, to another folder, to the
 * other engine.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';
import { isPostgresLeftOut } from '../../../store/src/testing-parts/contract.ts';
import { migrateSqlite } from '../../../store/src/migrate-sqlite.ts';
import { migrations } from '../../../store/src/migrations/index.ts';
import { SqliteConnection } from '../../../store/src/sqlite-connection.ts';
import { makeSchema } from '../../../store/src/testing-parts/shared-cluster.ts';
import { configuration, secret, useKeywright } from './testing-parts/keywright.ts';

// Each test is some ten processes, one after the other.
vi.setConfig({ testTimeout: 60_000 });

const { folder, run, serve, write } = useKeywright();
const { sealing_key_file: _, ...rest } = configuration;
const sealed = { ...rest, sealing_key: Buffer.alloc(32, 7).toString('base64') };
/** For a shell. */
const keywright = `'${process.execPath}' '${path.resolve(import.meta.dirname, '../../bin/keywright.cjs')}'`;
const at = (name: string) => path.join(folder, name);

let model: Promise<string> | undefined;

/** With what the configuration declares, and a permission: made once, and copied for each test. */
async function makeModel(): Promise<string> {
  const database = at('model.db');
  const file = write('model.json', { ...sealed, database });
  const { child } = await serve('--config', file);
  child.kill('SIGTERM');
  await once(child, 'exit');
  await run(['permissions', 'set', 'user:ada', 'read', 'building:1', '--config', file]);
  return database;
}

/** A database of its own; `file` is its configuration. */
async function makeDatabase(
  name: string,
): Promise<{ readonly database: string; readonly file: string }> {
  const database = at(`${name}.db`);
  const file = write(`${name}.json`, { ...sealed, database });
  model ??= makeModel();
  copyFileSync(await model, database);
  return { database, file };
}

const jwks = async (address: string): Promise<unknown> => (await fetch(`${address}/jwks`)).json();

const post = (address: string, form: Readonly<Record<string, string>>) =>
  fetch(address, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`declared:${secret}`).toString('base64')}` },
    body: new URLSearchParams(form),
  });

/** Shaped as one, and of nobody here. */
const foreignToken = `rt_${'a'.repeat(22)}.${'b'.repeat(43)}`;

/** Nothing of it may be kept. */
async function isRefused(archive: string, file: string, sentence: RegExp, command = 'restore') {
  const database = at(`${path.basename(archive)}.refused.db`);
  const { err, code } = await run([command, archive, '--config', file, '--database', database]);
  expect(err).toMatch(sentence);
  expect(code).toBe(1);
  expect(readdirSync(folder).filter((name) => name.startsWith(path.basename(database)))).toEqual(
    [],
  );
}

describe('keywright backup', () => {
  test('runs while the server runs, makes a file for its owner only, which is restored with the same keys', async () => {
    const { file } = await makeDatabase('hot');
    const { address } = await serve('--config', file);
    const archive = at('hot.archive');
    const { out, err, code } = await run(['backup', archive, '--config', file]);
    expect([out, code]).toEqual(['', 0]);
    expect(err).toMatch(
      /^TABLE +ROWS\n[^]*\npermissions +1\n[^]*Also keep the sealing key, in another place/,
    );
    expect(statSync(archive).mode & 0o777).toBe(0o600);

    const database = at('hot-restored.db');
    const restored = await run(['restore', archive, '--config', file, '--database', database]);
    expect(restored.code).toBe(0);
    expect(restored.err).toContain('is lost:');
    expect(statSync(database).mode & 0o777).toBe(0o600);
    const second = await serve('--config', file, '--database', database);
    expect(await jwks(second.address)).toEqual(await jwks(address));
    const permitted = ['permissions', 'check', 'user:ada', 'read', 'building:1'];
    expect((await run([...permitted, '--config', file, '--database', database])).code).toBe(0);
  });

  test.runIf(isLong)('goes through standard output and input as well', async () => {
    const { file } = await makeDatabase('piped');
    const database = at('piped-restored.db');
    const pipe = `set -o pipefail; ${keywright} backup - --config '${file}' | ${keywright} restore - --config '${file}' --database '${database}'`;
    expect(spawnSync('bash', ['-c', pipe]).status).toBe(0);
    const permitted = ['permissions', 'check', 'user:ada', 'read', 'building:1'];
    expect((await run([...permitted, '--config', file, '--database', database])).code).toBe(0);
  });

  test.runIf(isLong)('leaves nothing where the disk has no room for all of it', async () => {
    const { file } = await makeDatabase('roomless');
    // Its log and the memory beside it are there then, and only the archive is to be written.
    await serve('--config', file);
    const script = `ulimit -f 2; ${keywright} backup '${at('roomless.archive')}' --config '${file}'`;
    const { stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(stderr).toMatch(/roomless\.archive cannot be used \(EFBIG\)\.\n$/);
    expect(status).toBe(1);
    expect(readdirSync(folder).filter((name) => name.startsWith('roomless.archive'))).toEqual([]);
  });

  test('overwrites no file, and leaves no incomplete file', async () => {
    const { file } = await makeDatabase('careful');
    const archive = at('careful.archive');
    writeFileSync(archive, 'mine');
    const { err, code } = await run(['backup', archive, '--config', file]);
    expect(err).toMatch(/exists already: give another name/);
    expect([code, readFileSync(archive, 'utf8')]).toEqual([1, 'mine']);
    const nowhere = await run(['backup', at('no/such/folder'), '--config', file]);
    expect(nowhere.err).toMatch(/no\/such\/folder cannot be used \(ENOENT\)\.\n$/);
    const empty = await run([
      'backup',
      at('none.archive'),
      '--config',
      file,
      '--database',
      at('none.db'),
    ]);
    expect(empty.err).toMatch(/^There is no database .*none\.db\.\n$/);
    expect(existsSync(at('none.db'))).toBe(false);
    expect(readdirSync(folder).filter((name) => /none|\.part/.test(name))).toEqual([]);
  });
});

describe('keywright restore', () => {
  test('refuses an archive that was cut, changed, or sealed with another key, and keeps no part of it', async () => {
    const { file } = await makeDatabase('whole');
    const archive = at('whole.archive');
    await run(['backup', archive, '--config', file]);
    const whole = readFileSync(archive);
    const cut = at('cut.archive');
    writeFileSync(cut, whole);
    truncateSync(cut, Math.floor(whole.length / 2));
    await isRefused(cut, file, /^The archive is cut off or was changed/);
    const changed = at('changed.archive');
    const turned = Math.floor(whole.length / 2);
    writeFileSync(changed, whole.with(turned, (whole[turned] ?? 0) ^ 0xff));
    await isRefused(changed, file, /^The archive is cut off or was changed/);
    const other = write('other-key.json', {
      ...sealed,
      sealing_key: Buffer.alloc(32, 8).toString('base64'),
    });
    await isRefused(archive, other, /belongs to another sealing key/);
    await isRefused(at('nothing.archive'), file, /nothing\.archive cannot be used \(ENOENT\)/);
  });

  test('does not make a sealing key where the one of the archive is missing', async () => {
    const { file } = await makeDatabase('keyed');
    const archive = at('keyed.archive');
    await run(['backup', archive, '--config', file]);
    const keyless = write('keyless.json', { ...rest, sealing_key_file: 'brought-later.key' });
    await isRefused(
      archive,
      keyless,
      /brought-later\.key does not exist\. Bring the key of the database/,
    );
    expect(existsSync(at('brought-later.key'))).toBe(false);
  });

  test('needs an empty database', async () => {
    const { file } = await makeDatabase('full');
    const archive = at('full.archive');
    await run(['backup', archive, '--config', file]);
    const { err, code } = await run(['restore', archive, '--config', file]);
    expect(err).toMatch(/^The database contains data already\. Name an empty database/);
    expect(code).toBe(1);
    expect((await run(['permissions', 'list', '--config', file])).out).toContain('user:ada');
  });

  test('accepts a backup of an older schema and updates it, also with migrate: command', async () => {
    const database = at('older.db');
    const file = write('older.json', { ...sealed, database, migrate: 'command' });
    const connection = SqliteConnection.openForWriting({ file: database, busyTimeoutMs: 0 });
    migrateSqlite(connection, 0, migrations.slice(0, 4));
    const permission = `('user', 'ada', 'read', 'building', '1', 0)`;
    connection.execute({
      sql: `INSERT INTO permissions (subject_type, subject_id, action, resource_type, resource_id, created_at)
        VALUES ${permission}`,
      params: [],
    });
    connection.close();
    const archive = at('older.archive');
    expect((await run(['backup', archive, '--config', file])).code).toBe(0);
    const restored = at('older-restored.db');
    expect((await run(['restore', archive, '--config', file, '--database', restored])).code).toBe(
      0,
    );
    const listed = await run(['permissions', 'list', '--config', file, '--database', restored]);
    expect(listed.out).toContain('user:ada');
    // What was copied is as old as it was.
    expect((await run(['clients', 'list', '--config', file])).err).toContain(
      'The store is at schema 4',
    );
  });

  test('records the source in the audit', async () => {
    const { file } = await makeDatabase('told');
    const archive = at('told.archive');
    await run(['backup', archive, '--config', file]);
    const restored = ['--config', file, '--database', at('told-restored.db')];
    await run(['restore', archive, ...restored]);
    const { out } = await run([
      'audit',
      'list',
      '--type',
      'database.loaded',
      '--json',
      ...restored,
    ]);
    expect(out).toMatch(/"kind": ?"backup"/);
  });
});

describe('keywright serve', () => {
  test.runIf(isLong)('warns when its database was exported, reads, and is not ready', async () => {
    const { file } = await makeDatabase('left');
    await run(['export', at('left.archive'), '--config', file]);
    const { child, address } = await serve('--config', file);
    expect((await fetch(`${address}/health/ready`)).status).toBe(503);
    expect((await post(`${address}/token`, { grant_type: 'client_credentials' })).status).toBe(200);
    child.kill('SIGTERM');
    expect(await text(child.stderr)).toContain('this database was exported to be moved');
  });

  test.runIf(isLong)(
    'starts on a database that was exported by a version that recorded no issuer',
    async () => {
      const { database, file } = await makeDatabase('unrecorded');
      const connection = SqliteConnection.openForWriting({ file: database, busyTimeoutMs: 0 });
      connection.execute({ sql: `DELETE FROM seals WHERE name = 'plain issuer'`, params: [] });
      connection.close();
      await run(['export', at('unrecorded.archive'), '--config', file]);
      const { address } = await serve('--config', file);
      expect((await post(`${address}/token`, { grant_type: 'client_credentials' })).status).toBe(
        200,
      );
    },
  );

  test.runIf(isLong)(
    'has the issuer that the database had where it was moved from, until that is changed',
    async () => {
      const { file } = await makeDatabase('issued');
      await run(['export', at('issued.archive'), '--config', file]);
      const issuer = 'http://127.0.0.1:4000';
      const other = write('issued-other.json', {
        ...sealed,
        issuer,
        database: at('issued-moved.db'),
      });
      expect((await run(['import', at('issued.archive'), '--config', other])).code).toBe(0);
      const refused = await run(['serve', '--config', other]);
      expect(refused.err).toContain('this database belongs to http://localhost:4000');
      expect((await run(['issuer', 'change', '--config', other])).code).toBe(0);
      await serve('--config', other);
      // The former one stays what it was.
      const former = await run([
        'issuer',
        'change',
        '--config',
        other,
        '--database',
        at('issued.db'),
      ]);
      expect(former.err).toContain('it was exported to be moved, and takes no more writes');
    },
  );
});

describe.each(['SQLite', 'PostgreSQL'] as const)('a move from SQLite to %s', (engine) => {
  describe.skipIf(engine === 'PostgreSQL' && (isPostgresLeftOut || !isLong))(
    'with its commands',
    () => {
      let target = at('moved.db');
      let drop: () => Promise<void> = async () => {};
      beforeAll(async () => {
        if (engine === 'PostgreSQL') ({ address: target, drop } = await makeSchema());
      });
      afterAll(() => drop());

      test('refuses writes at the running server with 503, moves all data, and can be cancelled', async () => {
        const { file } = await makeDatabase(`moving-${engine}`);
        const { address } = await serve('--config', file);
        const archive = at(`moving-${engine}.archive`);
        const exported = await run(['export', archive, '--config', file]);
        expect(exported.code).toBe(0);
        expect(exported.err).toContain('The database accepts no more writes.');

        expect((await fetch(`${address}/health/ready`)).status).toBe(503);
        // It may have been issued where the database was moved to: nobody is told that it is void.
        const revoked = await post(`${address}/revoke`, { token: foreignToken });
        expect(revoked.status).toBe(503);
        expect(Number(revoked.headers.get('retry-after'))).toBeGreaterThan(0);
        // What needs no write goes on.
        expect((await post(`${address}/token`, { grant_type: 'client_credentials' })).status).toBe(
          200,
        );
        const added = await run([
          'permissions',
          'set',
          'user:bob',
          'read',
          'building:1',
          '--config',
          file,
        ]);
        expect(added.err).toMatch(/it was exported to be moved, and takes no more writes/);
        expect(added.code).toBe(1);

        const imported = await run(['import', archive, '--config', file, '--database', target]);
        expect(imported.code).toBe(0);
        const moved = await serve('--config', file, '--database', target);
        expect((await fetch(`${moved.address}/health/ready`)).status).toBe(200);
        expect(await jwks(moved.address)).toEqual(await jwks(address));
        const permitted = ['permissions', 'check', 'user:ada', 'read', 'building:1'];
        expect((await run([...permitted, '--config', file, '--database', target])).code).toBe(0);

        const thawed = await run(['unfreeze', '--config', file]);
        expect(thawed.err).toContain('The database accepts writes again');
        expect((await fetch(`${address}/health/ready`)).status).toBe(200);
        expect(await run(['unfreeze', '--config', file])).toMatchObject({
          err: 'The database is not frozen.\n',
          code: 1,
        });
      });

      test('does not accept a backup as an export', async () => {
        const { file } = await makeDatabase(`mistaken-${engine}`);
        const archive = at(`mistaken-${engine}.archive`);
        await run(['backup', archive, '--config', file]);
        await isRefused(
          archive,
          file,
          /^This is a backup\. It does not contain what was written after /,
          'import',
        );
      });
    },
  );
});
