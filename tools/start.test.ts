import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createApiKeyFetch } from '@keywright/client';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { isLong } from '../packages/jwt/src/testing-parts/series.ts';
import { makePassword } from './demonstration/secrets.ts';
import { readSettings } from './demonstration/settings.ts';
import { root } from './source-files.ts';

interface Demo {
  readonly issuer: string;
  readonly api: string;
  readonly audience: string;
  readonly app: string;
  readonly mail: string;
  readonly accounts: readonly { readonly email: string; readonly password: string }[];
  readonly clients: readonly { readonly client_id: string; readonly client_secret?: string }[];
  readonly resources: {
    readonly allowed: readonly string[];
    readonly forbidden: readonly string[];
  };
  readonly sharing: {
    readonly email: string;
    readonly subject: string;
    readonly shared: readonly string[];
    readonly unshared: readonly string[];
  };
  readonly api_key: { readonly client_id: string; readonly id: string; readonly api_key: string };
  readonly configuration: string;
  readonly api_log: string;
}

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-start-'));
afterAll(() => rmSync(folder, { recursive: true }));

const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});

const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('KEYWRIGHT_')),
);

function start(...flags: readonly string[]) {
  const child = spawn(
    process.execPath,
    [path.join(root, 'tools/start.ts'), '--folder', folder, ...flags],
    {
      env,
    },
  );
  running.push(child);
  return child;
}

/** A command about the folder's database. */
async function runCommand(...args: readonly string[]): Promise<string> {
  const command = path.join(root, 'packages/server/bin/keywright.cjs');
  const config = ['--config', path.join(folder, 'keywright.json')];
  const { stdout } = await promisify(execFile)(process.execPath, [command, ...args, ...config], {
    env,
  });
  return stdout;
}

/**
 * Three ports that nothing uses now. They are below those that systems give to outgoing
 * connections, so no other test gets one of them between two starts.
 */
async function findPorts(): Promise<readonly [number, number, number]> {
  const [one, two, three] = [await findPort(), await findPort(), await findPort()];
  return one === two || two === three || one === three ? findPorts() : [one, two, three];
}

async function findPort(): Promise<number> {
  const wanted = 10_000 + randomInt(20_000);
  const server = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return findPort();
  }
  await once(server.close(), 'close');
  return wanted;
}

const [port, apiPort, appPort] = await findPorts();
const ports = ['--port', `${port}`, '--api-port', `${apiPort}`, '--app-port', `${appPort}`];

/** Resolves with what it printed once all runs. */
async function untilStarted(child: ReturnType<typeof start>): Promise<string> {
  let out = '';
  for await (const chunk of child.stdout) {
    out += String(chunk);
    if (out.includes('Ctrl-C stops everything.')) return out;
  }
  throw new Error(`the demonstration ended: ${await text(child.stderr)}`);
}

const readDemo = () => JSON.parse(readFileSync(path.join(folder, 'demo.json'), 'utf8')) as Demo;

async function getServiceToken({ issuer, audience, clients }: Demo, id: string): Promise<string> {
  const secret = clients.find((client) => client.client_id === id)?.client_secret ?? '';
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { access_token: string }).access_token;
}

async function getUserToken({ issuer, audience, accounts, clients }: Demo): Promise<string> {
  const client = clients.find(({ client_id }) => client_id === 'sunrise-web');
  const [ada] = accounts;
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`sunrise-web:${client?.client_secret}`).toString('base64')}`,
    },
    body: new URLSearchParams({
      grant_type: 'password',
      username: ada?.email ?? '',
      password: ada?.password ?? '',
      scope: 'buildings:read measurements:read',
      resource: audience,
    }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { access_token: string }).access_token;
}

async function statusOf(url: string, token?: string): Promise<number> {
  const response = await fetch(
    url,
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  );
  await response.body?.cancel();
  return response.status;
}

async function statusBySealedKey({ audience, api, api_key: key }: Demo): Promise<number> {
  const response = await createApiKeyFetch({ apiKey: key.api_key, resource: audience })(
    `${api}/buildings`,
  );
  await response.body?.cancel();
  return response.status;
}

describe('npm start', () => {
  test('starts the whole platform, prints its addresses, and stops all parts at a signal', async () => {
    const child = start(...ports);
    const out = await untilStarted(child);
    const demo = readDemo();
    expect(Object.keys(demo)).toEqual([
      'issuer',
      'api',
      'audience',
      'app',
      'mail',
      'accounts',
      'clients',
      'resources',
      'sharing',
      'api_key',
      'configuration',
      'api_log',
    ]);
    for (const shown of [
      demo.issuer,
      demo.api,
      demo.app,
      demo.accounts[0]?.email,
      demo.accounts[0]?.password,
      // In a folder outside of the current one: as they are, without a way up.
      ` ${path.join(folder, 'demo.json')}`,
      ` ${path.join(folder, 'logs', 'server.log')}`,
    ]) {
      expect(out).toContain(shown);
    }
    const token = await getUserToken(demo);
    expect(await Promise.all(demo.resources.allowed.map((url) => statusOf(url, token)))).toEqual([
      200, 200,
    ]);
    expect(await Promise.all(demo.resources.forbidden.map((url) => statusOf(url, token)))).toEqual([
      403,
    ]);
    expect(await statusOf(demo.resources.allowed[0] ?? '')).toBe(401);
    await getServiceToken(demo, 'thermometer');
    expect(await statusBySealedKey(demo)).toBe(200);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    for (const url of [demo.issuer, demo.api, demo.app, demo.mail])
      await expect(fetch(url)).rejects.toThrow();
  }, 180_000);

  test('uses its data again at the second start, and keeps all files private', async () => {
    const former = readDemo();
    await untilStarted(start(...ports));
    expect(readDemo()).toEqual(former);
    expect(await statusOf(former.resources.allowed[0] ?? '', await getUserToken(former))).toBe(200);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder).filter((each) => each !== 'logs')) {
      expect(statSync(path.join(folder, name)).mode & 0o077, name).toBe(0);
    }
  }, 180_000);

  test.runIf(isLong)(
    'replaces the key of the background service when it was revoked or lost',
    async () => {
      const former = readDemo();
      await runCommand('api-keys', 'revoke', former.api_key.id);
      const child = start(...ports);
      await untilStarted(child);
      const second = readDemo();
      expect(second.api_key.id).not.toBe(former.api_key.id);
      expect(await statusBySealedKey(second)).toBe(200);
      child.kill('SIGTERM');
      await once(child, 'exit');
      rmSync(path.join(folder, 'service-key.json'));
      await untilStarted(start(...ports));
      const third = readDemo();
      expect(await statusBySealedKey(third)).toBe(200);
      // Nobody holds the lost one any more, so it opens nothing.
      const keys = JSON.parse(await runCommand('api-keys', 'list', '--json')) as {
        readonly id: string;
        readonly alive: boolean;
      }[];
      expect(keys.filter(({ alive }) => alive).map(({ id }) => id)).toEqual([third.api_key.id]);
    },
    180_000,
  );

  test.runIf(isLong)(
    'continues with its data at other ports',
    async () => {
      const former = readDemo();
      const [next, nextApi, nextApp] = await findPorts();
      await untilStarted(
        start('--port', `${next}`, '--api-port', `${nextApi}`, '--app-port', `${nextApp}`),
      );
      const demo = readDemo();
      expect(demo.issuer).toBe(`http://localhost:${next}`);
      expect(demo.accounts).toEqual(former.accounts);
      expect(await statusOf(demo.resources.allowed[0] ?? '', await getUserToken(demo))).toBe(200);
    },
    180_000,
  );

  test.runIf(isLong)(
    'stops all parts and says why when one part ends',
    async () => {
      const child = start(...ports);
      const err = text(child.stderr);
      await untilStarted(child);
      const serverId = readChildren(child.pid ?? 0).find((id) =>
        commandOf(id).includes('keywright.cjs'),
      );
      process.kill(serverId ?? 0, 'SIGKILL');
      expect(await once(child, 'exit')).toEqual([1, null]);
      expect(await err).toContain('The authorization server has ended by SIGKILL');
      await expect(fetch(readDemo().app)).rejects.toThrow();
    },
    180_000,
  );

  test.runIf(isLong)(
    'names a taken port and its flag in one sentence, and leaves nothing running',
    async () => {
      const taken = createServer().listen(apiPort, '127.0.0.1');
      await once(taken, 'listening');
      const child = start(...ports);
      const [err] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      taken.close();
      expect(err).toBe(
        `Port ${apiPort} is taken: stop what listens there, or choose another with --api-port.\n`,
      );
      expect(child.exitCode).toBe(1);
    },
  );
});

function readChildren(id: number): readonly number[] {
  return readFileSync(`/proc/${id}/task/${id}/children`, 'utf8').trim().split(' ').map(Number);
}

function commandOf(id: number): string {
  return readFileSync(`/proc/${id}/cmdline`, 'utf8');
}

describe('the ports and folder of the demonstration', () => {
  const settings = (args: readonly string[], variables = {}) => readSettings(args, variables, root);

  test('are 4000, 4001, 4002 and .keywright', () => {
    expect(settings([])).toEqual({
      port: 4000,
      apiPort: 4001,
      appPort: 4002,
      folder: path.join(root, '.keywright'),
    });
  });

  test('follow the first port when only that is given', () => {
    expect(settings(['--port', '5000'])).toMatchObject({
      port: 5000,
      apiPort: 5001,
      appPort: 5002,
      mailPort: undefined,
    });
  });

  test('come from flags first, and then from the environment', () => {
    const variables = {
      KEYWRIGHT_PORT: '6000',
      KEYWRIGHT_API_PORT: '7000',
      KEYWRIGHT_FOLDER: 'data',
    };
    expect(settings(['--port', '5000'], variables)).toEqual({
      port: 5000,
      apiPort: 7000,
      appPort: 5002,
      folder: path.join(root, 'data'),
    });
  });

  test('are refused in a sentence when they are invalid', () => {
    expect(() => settings(['--port', 'many'])).toThrow(
      '--port (KEYWRIGHT_PORT) must be a port from 1 to 65535.',
    );
    expect(() => settings(['--api-port', '4000'])).toThrow('must be different ports');
    expect(() => settings(['--colour'])).toThrow('Usage:');
  });
});

test('a password of the demonstration has at least 60 bits, and can be read aloud', () => {
  const passwords = Array.from({ length: 50 }, makePassword);
  for (const password of passwords)
    expect(password).toMatch(/^([bdfghjklmnprstvz][aeiu]){2}[b-z](-[a-z]{5}){3}-\d\d$/);
  expect(new Set(passwords).size).toBe(50);
});
