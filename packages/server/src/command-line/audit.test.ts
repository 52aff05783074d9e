/**
 * The audit as people meet it: servers that run, are killed and start again, commands beside them,
 * and an auditor.
 */
import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';
import { isPostgresLeftOut } from '../../../store/src/testing-parts/contract.ts';
import { makeSchema } from '../../../store/src/testing-parts/shared-cluster.ts';
import { configuration, secret, useKeywright } from './testing-parts/keywright.ts';

const { folder, run, serve, write } = useKeywright();
const wrong = 'w'.repeat(43);
const password = 'an old horse in the rain';
/** Each command is a process, and there are many. */
const timeoutMs = 90_000;

async function callWrongly(address: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`declared:${wrong}`).toString('base64')}`;
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  const { status } = await fetch(`${address}/token`, {
    method: 'POST',
    headers: { authorization },
    body,
  });
  expect(status).toBe(401);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await once(child, 'exit');
}

interface Listed {
  readonly type: string;
  readonly entry: string;
  readonly by?: string;
  readonly accountId?: string;
}

function auditing(file: () => string) {
  const keywright = (...words: readonly string[]) => run([...words, '--config', file()]);
  const audit = (...words: readonly string[]) => keywright('audit', ...words);
  const list = async (...words: readonly string[]) =>
    JSON.parse((await audit('list', '--json', ...words)).out) as readonly Listed[];
  const typesOf = async (...words: readonly string[]) =>
    (await list(...words)).map(({ type }) => type);
  return { keywright, audit, list, typesOf };
}

describe('keywright audit', () => {
  const file = path.join(folder, 'audited.json');
  const log = path.join(folder, 'audited.log');
  const { keywright, audit, list, typesOf } = auditing(() => file);
  const inFolder = (name: string) => path.join(folder, name);
  beforeAll(() => {
    write('audited.json', { ...configuration, database: 'audited.db', log: { file: log } });
  });

  test(
    'lists what a server did and what commands did, and who ran them, across a kill and a restart',
    async () => {
      const first = await serve('--config', file);
      await callWrongly(first.address);
      const added = await run(
        ['accounts', 'add', '--email', 'Ada@Example.com', '--name', 'Ada', '--config', file],
        `${password}\n`,
      );
      expect(added.code).toBe(0);
      await expect
        .poll(() => typesOf('--type', 'refused'), { timeout: 10_000 })
        .toEqual(['refused']);
      await end(first.child, 'SIGKILL');
      const second = await serve('--config', file);
      await callWrongly(second.address);
      await end(second.child, 'SIGTERM');
      expect(await typesOf('--type', 'refused')).toEqual(['refused', 'refused']);
      const [account] = await list('--type', 'account.added');
      expect(account).toMatchObject({ by: 'command', osUser: expect.any(String) as string });
      expect(await typesOf('--account', 'ada@example.com')).toEqual(['account.added']);
      expect(await typesOf('--client', 'declared')).toEqual(['client.added', 'refused', 'refused']);
      expect(await typesOf('--until', '24h')).toEqual([]);
      expect(await typesOf('--since', '1h', '--limit', '1')).toEqual(['chain.closed']);
      const { out, code } = await audit('verify');
      expect(code).toBe(0);
      expect(out).toMatch(/ends at \d+ without a close\. Its process was killed|are complete/);
    },
    timeoutMs,
  );

  test(
    'explains in one sentence what it cannot read',
    async () => {
      const faults = [
        [['list', '--since', 'yesterday'], '--since must be a date or a time'],
        [['list', '--limit', '0'], '--limit must be a whole number'],
        [['verify', '--head', 'x'], '--head must be chain:position:hash'],
        [['verify', '--without-key'], 'needs an exported file'],
        [['verify', file], 'This is not an exported audit.'],
      ] as const;
      for (const [words, message] of faults) {
        const { code, err } = await audit(...words);
        expect([code, err]).toEqual([1, expect.stringContaining(message)]);
      }
    },
    timeoutMs,
  );

  test(
    'exports to a file for its owner only, completely, without a secret, and never over another file',
    async () => {
      const exported = inFolder('first.ndjson');
      expect((await audit('export', exported)).code).toBe(0);
      expect(statSync(exported).mode & 0o777).toBe(0o600);
      expect((await audit('export', exported)).err).toContain('exists already');
      const text = readFileSync(exported, 'utf8');
      for (const never of [secret, wrong, password, 'Ada@', 'ada@'])
        expect(text).not.toContain(never);
      for (const words of [[exported], [exported, '--without-key'], ['--against', exported]]) {
        const { out, code } = await audit('verify', ...words);
        expect([code, out]).toEqual([0, expect.stringContaining('are complete and in order')]);
      }
      expect(await typesOf('--type', 'audit.exported')).toEqual(['audit.exported']);
      const other = write('other.json', {
        ...configuration,
        database: 'other.db',
        sealing_key_file: 'other.key',
        log: { level: 'silent' },
      });
      await end((await serve('--config', other)).child, 'SIGTERM');
      const { err, code } = await run([
        'audit',
        'verify',
        '--against',
        exported,
        '--config',
        other,
      ]);
      expect([code, err]).toEqual([1, 'The file is not signed with this sealing key.\n']);
    },
    timeoutMs,
  );

  test(
    'recognizes an end from the log, and reports when a restored database lacks it',
    async () => {
      const heads = readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"audit.head"'))
        .map((line) => JSON.parse(line) as { chain: string; position: number; hash: string });
      const { chain, position, hash } = heads.at(-1) ?? { chain: '', position: 0, hash: '' };
      expect((await audit('verify', '--head', `${chain}:${position}:${hash}`)).code).toBe(0);
      const later = await audit('verify', '--head', `${chain}:${position + 1}:${hash}`);
      expect(later).toMatchObject({
        code: 1,
        out: expect.stringContaining(`${chain}:${position + 1}: `) as string,
      });
    },
    timeoutMs,
  );

  test(
    'names the changed entry, and ends with 1',
    async () => {
      expect((await keywright('clients', 'disable', 'declared')).code).toBe(0);
      const [disabled] = await list('--type', 'client.disabled');
      const database = new DatabaseSync(inFolder('audited.db'));
      database.exec(
        `UPDATE audit SET body = replace(body, 'osUser', 'sudoUser') WHERE type = 'client.disabled'`,
      );
      database.close();
      const { out, code } = await audit('verify');
      expect(code).toBe(1);
      expect(out).toBe(
        `${disabled?.entry}: the entry was changed, because its hash differs\nThe audit was changed.\n`,
      );
      const told = JSON.parse((await audit('verify', '--json')).out) as Record<string, unknown>;
      expect(told).toMatchObject({ ok: false, faults: [{ position: 2 }] });
    },
    timeoutMs,
  );
});

describe.skipIf(isPostgresLeftOut || !isLong)('the audit of several nodes on PostgreSQL', () => {
  let schema: Awaited<ReturnType<typeof makeSchema>>;
  let file: string;
  const { keywright, audit, typesOf } = auditing(() => file);
  beforeAll(async () => {
    schema = await makeSchema();
    const { sealing_key_file: _, ...rest } = configuration;
    file = write('many.json', {
      ...rest,
      database: schema.address,
      log: { level: 'silent' },
      sealing_key: Buffer.alloc(32, 7).toString('base64'),
    });
  });
  afterAll(() => schema.drop());

  test(
    'is valid with workers, with commands beside them, across a kill and a stop',
    async () => {
      const nodes = await Promise.all([
        serve('--config', file),
        serve('--config', file, '--workers', '2'),
      ]);
      const [one, two] = nodes;
      const work = nodes.flatMap(({ address }) =>
        Array.from({ length: 5 }, () => callWrongly(address)),
      );
      const commands = ['meter-a', 'meter-b'].map((id) =>
        keywright(
          'clients',
          'add',
          '--id',
          id,
          '--kind',
          'service',
          '--trust',
          'first-party',
          '--name',
          id,
        ),
      );
      await Promise.all(work);
      for (const { code, err } of await Promise.all(commands)) expect(code, err).toBe(0);
      await expect
        .poll(async () => (await typesOf('--type', 'refused')).length, { timeout: 20_000 })
        .toBe(10);
      expect((await audit('verify')).code).toBe(0);
      await end(one.child, 'SIGKILL');
      await end(two.child, 'SIGTERM');
      const { out, code } = await audit('verify', '--json');
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ ok: true, faults: [] });
      expect(await typesOf('--type', 'client.added')).toEqual([
        'client.added',
        'client.added',
        'client.added',
      ]);
      // The node, two workers, two commands.
      expect((await typesOf('--type', 'chain.started')).length).toBeGreaterThanOrEqual(5);
      expect((await audit('export', path.join(folder, 'many.ndjson'))).code).toBe(0);
      expect((await audit('verify', path.join(folder, 'many.ndjson'))).code).toBe(0);
    },
    timeoutMs,
  );
});
