/**
 * Several workers on one port, as an operator runs them: replaced, killed and stopped under load.
 * The tests on PostgreSQL, and those that wait for seconds, are in the long series.
 */
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as sendRequest } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';
import { isPostgresLeftOut } from '../../../store/src/testing-parts/contract.ts';
import { makeSchema } from '../../../store/src/testing-parts/shared-cluster.ts';
import { configuration, secret, useKeywright } from '../command-line/testing-parts/keywright.ts';

const { folder, run, serve, start, write } = useKeywright();

const ada = { email: 'ada@example.com', name: 'Ada', password: 'tangle ember orbit' };
const web = {
  client_id: 'web',
  client_secret: secret,
  kind: 'web',
  trust: 'first-party',
  client_name: 'Web',
  redirect_uris: ['https://web.example/callback'],
  grant_types: ['authorization_code', 'refresh_token', 'password'],
  scope: 'openid read',
};

interface TokenAnswer {
  readonly status: number;
  readonly refresh_token?: string;
  readonly error?: string;
}

/** Rejects with the system's error when the connection ends before the answer. */
function post(
  address: string,
  agent: Agent,
  form: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const body = new URLSearchParams(form).toString();
  const client = form['grant_type'] === 'client_credentials' ? 'declared' : web.client_id;
  const headers = {
    authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
  };
  return new Promise((resolve, reject) => {
    const sent = sendRequest(`${address}/token`, {
      method: 'POST',
      agent,
      headers,
      timeout: 10_000,
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within ten seconds')));
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, ...JSON.parse(text) }));
    });
    sent.end(body);
  });
}

interface Chain {
  rotations: number;
  /** Connections that ended before the answer. */
  retries: number;
  /** Anything but tokens. */
  readonly refusals: string[];
}

async function obtainTokens(address: string, agent: Agent): Promise<readonly string[]> {
  const { email: username, password } = ada;
  const form = { grant_type: 'password', username, password, scope: 'openid read' };
  const answers = await Promise.all(Array.from({ length: 4 }, () => post(address, agent, form)));
  return answers.map(({ refresh_token: token }) => token ?? '');
}

/**
 * Refreshes one token after the other; a request whose answer never came is sent again, as an
 * honest client does.
 */
async function refreshUntil(
  address: string,
  agent: Agent,
  first: string,
  isOver: () => boolean,
): Promise<Chain> {
  const chain: Chain = { rotations: 0, retries: 0, refusals: [] };
  let token = first;
  while (!isOver() && chain.refusals.length === 0) {
    const answer = await post(address, agent, {
      grant_type: 'refresh_token',
      refresh_token: token,
    }).catch((error: Error) => error);
    if (answer instanceof Error) chain.retries += 1;
    // Whether it was written is not known: the same token may be presented again.
    else if (answer.status === 503) await delay(50);
    else if (answer.refresh_token === undefined)
      chain.refusals.push(`${answer.status} ${answer.error}`);
    else {
      token = answer.refresh_token;
      chain.rotations += 1;
    }
    await delay(2);
  }
  return chain;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const poll = { timeout: 60_000, interval: 50 };

interface Line {
  readonly msg: string;
  readonly pid?: number;
}

function readLog(file: string): readonly Line[] {
  const whole = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return whole === '' ? [] : whole.split('\n').map((line) => JSON.parse(line) as Line);
}

/** How many lines of that kind there are. */
function count(file: string, type: string): number {
  return readLog(file).filter(({ msg }) => msg === type).length;
}

const engines = [
  {
    engine: 'SQLite',
    isLeftOut: false,
    open: async () => ({ address: 'workers.db', drop: async () => {} }),
  },
  { engine: 'PostgreSQL', isLeftOut: isPostgresLeftOut || !isLong, open: makeSchema },
];

for (const { engine, isLeftOut, open } of engines)
  describe.skipIf(isLeftOut)(`with several workers, ${engine}`, () => {
    let database: Awaited<ReturnType<typeof open>>;
    let file: string;
    const logFile = path.join(folder, `${engine}.log`);
    const document = (over: object = {}) => ({
      ...configuration,
      database: database.address,
      sealing_key_file: undefined,
      sealing_key: Buffer.alloc(32, 7).toString('base64'),
      listen: { port: 0, workers: 2 },
      clients: [...configuration.clients, web],
      accounts: [ada],
      log: { file: logFile },
      ...over,
    });
    beforeAll(async () => {
      database = await open();
      file = write(`${engine}.json`, document());
    });
    afterAll(() => database.drop());

    const logged = () => readLog(logFile);
    /** Of those that were started since the log had so many lines. */
    const startedPids = (from: number) =>
      logged()
        .slice(from)
        .flatMap(({ msg, pid }) => (msg === 'worker.started' && pid !== undefined ? [pid] : []));
    const lines = () => logged().length;

    test('a killed worker loses its connections and no acknowledged rotation, and a new worker replaces it', async () => {
      const before = lines();
      const { child, address } = await serve('--config', file);
      await expect.poll(() => startedPids(before).length, poll).toBe(2);
      const agent = new Agent({ keepAlive: true });
      let isOver = false;
      const tokens = await obtainTokens(address, agent);
      const chains = tokens.map((token) => refreshUntil(address, agent, token, () => isOver));
      await delay(1500);
      for (let killed = 1; killed <= 3; killed += 1) {
        const pid = startedPids(before).findLast(isAlive) ?? 0;
        process.kill(pid, 'SIGKILL');
        await expect.poll(() => startedPids(before).length, poll).toBe(2 + killed);
        await delay(300);
      }
      isOver = true;
      const done = await Promise.all(chains);
      agent.destroy();
      expect(done.flatMap(({ refusals }) => refusals)).toEqual([]);
      for (const { rotations } of done) expect(rotations).toBeGreaterThan(20);
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([0, null]);
      expect(startedPids(before).filter(isAlive)).toEqual([]);
    }, 120_000);

    test.runIf(isLong)(
      'SIGHUP replaces all workers and no request fails; a configuration with problems is refused, and they go on',
      async () => {
        const before = lines();
        const { child, address } = await serve('--config', file);
        let warned = '';
        child.stderr.on('data', (chunk: Buffer) => (warned += chunk.toString()));
        await expect.poll(() => startedPids(before).length, poll).toBe(2);
        const former = startedPids(before);
        const agent = new Agent({ keepAlive: true });
        let isOver = false;
        const tokens = await obtainTokens(address, agent);
        const chains = tokens.map((token) => refreshUntil(address, agent, token, () => isOver));
        await delay(500);

        writeFileSync(file, JSON.stringify(document({ listen: { port: 0, workers: 'many' } })));
        child.kill('SIGHUP');
        await expect.poll(() => warned, poll).toContain('The workers continue as before.');
        expect(warned).toContain('listen.workers must be `auto` or a whole number from 1 to 64');
        expect(former.every(isAlive)).toBe(true);

        writeFileSync(
          file,
          JSON.stringify(document({ service_name: 'Renamed', listen: { port: 0, workers: 3 } })),
        );
        child.kill('SIGHUP');
        await expect.poll(() => startedPids(before).length, poll).toBe(5);
        await expect.poll(() => former.some(isAlive), poll).toBe(false);
        await delay(300);
        isOver = true;
        const done = await Promise.all(chains);
        agent.destroy();
        writeFileSync(file, JSON.stringify(document()));
        expect(done.map(({ retries, refusals }) => ({ retries, refusals }))).toEqual(
          done.map(() => ({ retries: 0, refusals: [] })),
        );
        expect(await (await fetch(`${address}/sign-in`)).text()).toContain('Renamed');
        expect(logged().at(-1)?.msg).not.toBe('reload.refused');
      },
      120_000,
    );

    test.runIf(isLong)(
      'a supervisor that is killed takes its workers with it, and the next one serves at once',
      async () => {
        const before = lines();
        const { child } = await serve('--config', file);
        await expect.poll(() => startedPids(before).length, poll).toBe(2);
        const pids = startedPids(before);
        child.kill('SIGKILL');
        await expect.poll(() => pids.some(isAlive), poll).toBe(false);
        const next = await serve('--config', file);
        const answer = await post(next.address, new Agent(), { grant_type: 'client_credentials' });
        expect(answer.status).toBe(200);
      },
      120_000,
    );
  });

test('the metrics of several workers are added up, at one address', async () => {
  const [metricsPort] = await freePorts();
  const file = write('metrics.json', {
    ...configuration,
    database: 'metrics.db',
    metrics: { port: metricsPort },
    log: { file: path.join(folder, 'metrics.log') },
  });
  const { address } = await serve('--config', file, '--workers', '2');
  const scrape = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  await expect
    .poll(async () => [...(await scrape()).matchAll(/^keywright_ready\{.*\} 1$/gm)].length, poll)
    .toBe(2);
  for (let sent = 0; sent < 6; sent += 1)
    await post(address, new Agent(), { grant_type: 'client_credentials' });
  expect(await scrape()).toMatch(/^keywright_http_requests_total\{.*route="\/token".*\} 6$/m);
  expect((await fetch(`http://127.0.0.1:${metricsPort}/health/ready`)).status).toBe(200);
}, 120_000);

test.runIf(isLong)(
  'metrics that cannot be served at their new address stay at the former one, and the workers as they were',
  async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port: takenPort } = taken.address() as AddressInfo;
    const [formerPort, nextPort] = await freePorts(2);
    const log = path.join(folder, 'moved metrics.log');
    const file = 'moved metrics.json';
    const writeWith = (port: number | undefined) =>
      write(file, {
        ...configuration,
        database: 'moved metrics.db',
        metrics: { port },
        log: { file: log },
      });
    const { child } = await serve('--config', writeWith(formerPort), '--workers', '1');
    const scrape = (port: number | undefined) =>
      fetch(`http://127.0.0.1:${port}/metrics`).then(
        ({ status }) => status,
        () => 'turned away',
      );
    writeWith(takenPort);
    child.kill('SIGHUP');
    await expect.poll(() => count(log, 'reload.refused'), poll).toBe(1);
    taken.close();
    expect(await scrape(formerPort)).toBe(200);
    expect(count(log, 'worker.started')).toBe(1);
    writeWith(nextPort);
    child.kill('SIGHUP');
    await expect.poll(() => count(log, 'reloaded'), poll).toBe(1);
    expect([await scrape(formerPort), await scrape(nextPort)]).toEqual(['turned away', 200]);
  },
  120_000,
);

test.runIf(isLong)(
  'a reload with another issuer is refused, and the workers go on as they were',
  async () => {
    const log = path.join(folder, 'reissued.log');
    const document = { ...configuration, database: 'reissued.db', log: { file: log } };
    const file = write('reissued.json', document);
    const { child, address } = await serve('--config', file, '--workers', '2');
    let warned = '';
    child.stderr.on('data', (chunk: Buffer) => (warned += chunk.toString()));
    write('reissued.json', { ...document, issuer: 'http://127.0.0.1:4000' });
    child.kill('SIGHUP');
    await expect.poll(() => count(log, 'reload.refused'), poll).toBe(1);
    await expect
      .poll(() => warned, poll)
      .toContain('this database belongs to http://localhost:4000');
    const metadata = await fetch(`${address}/.well-known/openid-configuration`);
    expect(await metadata.json()).toMatchObject({ issuer: configuration.issuer });
  },
  120_000,
);

test.runIf(isLong)(
  'after a reload, the log is written to the file that has the name then',
  async () => {
    const log = path.join(folder, 'exchanged.log');
    const database = path.join(folder, 'exchanged.db');
    const file = write('exchanged.json', {
      ...configuration,
      database,
      clients: [...configuration.clients, web],
      accounts: [ada],
      log: { file: log },
    });
    const withDatabase = <T>(work: (opened: DatabaseSync) => T): T => {
      const opened = new DatabaseSync(database);
      try {
        return work(opened);
      } finally {
        opened.close();
      }
    };
    const countFamilies = () =>
      withDatabase((opened) => opened.prepare('SELECT count(*) AS families FROM families').get());
    const { child, address } = await serve('--config', file, '--workers', '1');
    await obtainTokens(address, new Agent());
    expect(countFamilies()).toEqual({ families: 4 });
    const copy = path.join(folder, 'copy.db');
    withDatabase((opened) => opened.prepare('VACUUM INTO ?').run(copy));
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
    renameSync(copy, database);
    child.kill('SIGHUP');
    await expect.poll(() => count(log, 'reloaded'), poll).toBe(1);
    await obtainTokens(address, new Agent());
    expect(countFamilies()).toEqual({ families: 8 });
  },
  120_000,
);

test.runIf(isLong)(
  'a replaced worker ends by itself, whatever its clients do',
  async () => {
    const log = path.join(folder, 'held.log');
    const file = write('held.json', { ...configuration, database: 'held.db', log: { file: log } });
    const { child, address } = await serve('--config', file, '--workers', '1');
    const caller = connect(Number(new URL(address).port), '127.0.0.1');
    caller.on('error', () => undefined);
    caller.write('POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ngrant');
    await delay(500);
    child.kill('SIGHUP');
    await expect.poll(() => count(log, 'reloaded'), { timeout: 20_000, interval: 50 }).toBe(1);
    caller.destroy();
    expect(count(log, 'stopped')).toBe(1);
  },
  40_000,
);

test.runIf(isLong)(
  'SIGHUP while workers start replaces them after their start',
  async () => {
    const log = path.join(folder, 'early reload.log');
    const file = write('early reload.json', {
      ...configuration,
      database: 'early reload.db',
      log: { file: log },
    });
    const child = start(['serve', '--config', file, '--workers', '3']);
    await expect
      .poll(() => count(log, 'worker.started'), { timeout: 60_000, interval: 5 })
      .toBeGreaterThan(0);
    child.kill('SIGHUP');
    await expect.poll(() => count(log, 'reloaded'), poll).toBe(1);
    expect(count(log, 'worker.started')).toBe(6);
    expect(child.exitCode).toBe(null);
  },
  40_000,
);

const early = [
  ['one process', [], (_: string, database: string) => existsSync(database)],
  ['workers', ['--workers', '3'], (log: string) => count(log, 'worker.started') > 0],
] as const;

test.each(isLong ? early : early.slice(0, 1))(
  '%s: SIGTERM during the start ends the server in good order',
  async (name, flags, hasBegun) => {
    const log = path.join(folder, `early end ${name}.log`);
    const database = path.join(folder, `early end ${name}.db`);
    const file = write('early end.json', { ...configuration, database, log: { file: log } });
    const child = start(['serve', '--config', file, ...flags]);
    const said = text(child.stderr);
    const exited = once(child, 'exit');
    await expect.poll(() => hasBegun(log, database), { timeout: 60_000, interval: 5 }).toBe(true);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(await said).toBe('');
  },
  120_000,
);

test.each([
  ['one process', []] as const,
  ...(isLong ? [['workers', ['--workers', '2']] as const] : []),
])(
  '%s: with drain_seconds the server says that it is not ready before it stops accepting connections',
  async (name, flags) => {
    const file = write('drain.json', {
      ...configuration,
      listen: { port: 0, drain_seconds: 4 },
      database: `drained ${name}.db`,
      log: { file: path.join(folder, 'drain.log') },
    });
    const { child, address } = await serve('--config', file, ...flags);
    const ask = async (route: string) =>
      fetch(`${address}${route}`, { headers: { connection: 'close' } }).then(
        ({ status }) => status,
        () => 'turned away',
      );
    await expect.poll(() => ask('/health/ready'), poll).toBe(200);
    const exited = once(child, 'exit');
    const signalled = performance.now();
    child.kill('SIGTERM');
    await expect.poll(() => ask('/health/ready'), { timeout: 3500, interval: 10 }).toBe(503);
    expect(await ask('/health/live')).toBe(200);
    expect((await post(address, new Agent(), { grant_type: 'client_credentials' })).status).toBe(
      200,
    );
    await expect.poll(() => ask('/health/ready'), poll).toBe('turned away');
    expect(performance.now() - signalled).toBeGreaterThan(3900);
    expect(await exited).toEqual([0, null]);
  },
  120_000,
);

test('a fault that stops the first worker is reported in one sentence, as for a single process', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const { err, code } = await run(['serve', '--workers', '2', '--port', String(port)]);
  taken.close();
  expect(err).toBe(
    `Port ${port} is in use: stop the program that listens there, or choose another port with --port.\n`,
  );
  expect(code).toBe(1);
}, 120_000);

test('workers need a database that processes can share', async () => {
  const { err } = await run(['serve', '--workers', '2', '--database', ':memory:']);
  expect(err).toContain('--workers needs a database that the processes can share');
});

async function freePorts(count = 1): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}
