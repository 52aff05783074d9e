/** Several nodes on one PostgreSQL, as people start them. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPostgresLeftOut } from '../../../store/src/testing-parts/contract.ts';
import { makeSchema } from '../../../store/src/testing-parts/shared-cluster.ts';
import { configuration, secret, useKeywright } from './testing-parts/keywright.ts';

const { folder, run, serve, write } = useKeywright();

describe.skipIf(isPostgresLeftOut)('keywright on PostgreSQL', () => {
  let schema: Awaited<ReturnType<typeof makeSchema>>;
  let file: string;
  beforeAll(async () => {
    schema = await makeSchema();
    // The cluster asks nobody for a password, so this one is only there to be looked for.
    const database = schema.address.replace('keywright@', 'keywright:hunter2@');
    const log = { file: path.join(folder, 'postgres.log'), level: 'debug' };
    const { sealing_key_file: _, ...rest } = configuration;
    file = write('postgres.json', {
      ...rest,
      database,
      log,
      sealing_key: Buffer.alloc(32, 7).toString('base64'),
    });
  });
  afterAll(() => schema.drop());

  const obtainToken = async (address: string) => {
    const response = await fetch(`${address}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`declared:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token } = (await response.json()) as { readonly access_token: string };
    return JSON.parse(Buffer.from(access_token.split('.')[0] ?? '', 'base64url').toString()) as {
      readonly kid: string;
    };
  };

  test('lets two nodes that start at once serve with the same keys', async () => {
    const nodes = await Promise.all([serve('--config', file), serve('--config', file)]);
    const kids = await Promise.all(
      nodes.map(async ({ address }) => (await obtainToken(address)).kid),
    );
    expect(new Set(kids).size).toBe(1);
    for (const { address } of nodes)
      expect((await fetch(`${address}/health/ready`)).status).toBe(200);
    const disabled = await run(['clients', 'disable', 'declared', '--config', file]);
    expect(disabled.err).toContain('The client is in the configuration');
    for (const { address } of nodes) await expect(obtainToken(address)).rejects.toThrow();
    for (const { child } of nodes) {
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([0, null]);
    }
    expect(readFileSync(path.join(folder, 'postgres.log'), 'utf8')).not.toContain('hunter2');
  });

  test('reports in one sentence that the database cannot be reached, without its password', async () => {
    const away = 'postgres://keywright:hunter2@localhost/x?host=/nowhere';
    const { err, code } = await run(['clients', 'list', '--config', file, '--database', away]);
    expect(err).toMatch(/^The database cannot be opened: .*\n$/);
    expect(err).not.toContain('hunter2');
    expect(code).toBe(1);
  });

  test('reports an invalid database address as a problem of the configuration', async () => {
    const bare = 'postgres://keywright:hunter2@db.example/x';
    const { err } = await run(['clients', 'list', '--config', file, '--database', bare]);
    expect(err).toMatch(
      /--database cannot be used: The database is on another machine: set sslmode=verify-full/,
    );
    expect(err).not.toContain('hunter2');
  });
});
