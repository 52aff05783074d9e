/** One database has one issuer: as operators meet it, with servers that share the database. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openSqliteStore } from '@keywright/store';
import { expect, it } from 'vitest';
import { configuration, useKeywright } from './testing-parts/keywright.ts';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';

const { file, folder, run, serve, write } = useKeywright();
const moved = 'http://127.0.0.1:4000';

it('a node with another issuer does not start on a shared database, until the issuer is changed on purpose', async () => {
  const other = write('other.json', { ...configuration, issuer: moved });
  const { address } = await serve('--config', file);

  const refused = await run(['serve', '--config', other]);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain(
    `issuer is ${moved}, but this database belongs to http://localhost:4000`,
  );
  expect(refused.err).toContain('keywright issuer change');
  expect((await fetch(`${address}/jwks`)).status).toBe(200);

  const changed = await run(['issuer', 'change', '--config', other]);
  expect(changed.code).toBe(0);
  expect(changed.out).toContain(`is now ${moved}`);
  expect((await run(['issuer', 'change', '--config', other])).out).toContain('already');
  const { address: started } = await serve('--config', other);
  const metadata = await fetch(`${started}/.well-known/openid-configuration`);
  expect(await metadata.json()).toMatchObject({ issuer: moved });
  expect((await run(['serve', '--config', file])).err).toContain(
    `this database belongs to ${moved}`,
  );
  expect((await run(['audit', 'list', '--config', other])).out).toContain('issuer.changed');
});

it('the issuer of a database that does not exist is not changed, and no database is made', async () => {
  const mistyped = [
    'issuer',
    'change',
    '--config',
    file,
    '--database',
    path.join(folder, 'mistyped.db'),
  ];
  const { code, out, err } = await run(mistyped);
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('This is not a database of Keywright');
  expect(readdirSync(folder).filter((name) => name.includes('mistyped'))).toEqual([]);
});

it('a change of the issuer warns when a server seems to run', async () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  writeFileSync(path.join(folder, 'served.key'), key, { mode: 0o600 });
  const served = write('served.json', { ...configuration, sealing_key_file: 'served.key' });
  const database = path.join(folder, 'served.db');
  const store = await openSqliteStore({ file: database });
  const change = () => run(['issuer', 'change', '--config', served, '--database', database]);
  expect(await change()).toMatchObject({ code: 0, err: '' });
  await store.leases.take('prune', 'a node', 60);
  expect(await change()).toMatchObject({
    code: 0,
    err: expect.stringContaining('Stop all nodes') as string,
  });
  await store.close();
});

it.runIf(isLong)(
  'of two nodes that start at once on a new database, one serves, and the other has changed nothing',
  async () => {
    writeFileSync(path.join(folder, 'fresh.key'), Buffer.alloc(32, 7).toString('base64'), {
      mode: 0o600,
    });
    const [declared] = configuration.clients;
    const starting = ['one', 'two'].map((name) => {
      const node = {
        ...configuration,
        issuer: `http://localhost/${name}`,
        database: 'fresh.db',
        sealing_key_file: 'fresh.key',
        clients: [{ ...declared, client_id: name }],
      };
      return serve('--config', write(`${name}.json`, node)).then(() => name);
    });
    const results = await Promise.allSettled(starting);
    const [served] = results.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    const [failure] = results.flatMap((result) =>
      result.status === 'rejected' ? [String(result.reason)] : [],
    );
    expect(failure).toContain(`this database belongs to http://localhost/${served}`);
    const { out } = await run([
      'clients',
      'list',
      '--json',
      '--config',
      path.join(folder, `${served}.json`),
    ]);
    const listed = JSON.parse(out) as readonly { readonly client_id: string }[];
    const ids = listed.map(({ client_id }) => client_id);
    expect(ids).toEqual([served]);
  },
);

it('a missing sealing key and weak first passwords are reported together', async () => {
  const { sealing_key_file: _, ...keyless } = configuration;
  const account = { email: 'ada@example.com', name: 'Ada', password: 'short' };
  const { code, err } = await run([
    'serve',
    '--config',
    write('keyless.json', { ...keyless, accounts: [account] }),
  ]);
  expect(code).toBe(1);
  expect(err).toContain(
    '  sealing_key or sealing_key_file is required. Make one: openssl rand -base64 32\n',
  );
  expect(err).toContain('  accounts[0].password ');
});
