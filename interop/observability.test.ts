/**
 * The real server, seen from outside while users and applications use it: metrics, traces and log
 * as an operator gets them, and the dashboard and the alerts of `deploy/observability/`, compared
 * with the measured values.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CollectedSpan } from '../deploy/observability/collect-spans.mjs';
import { isPostgresLeftOut } from '../packages/store/src/testing-parts/contract.ts';
import { makeSchema } from '../packages/store/src/testing-parts/shared-cluster.ts';
import { readExposition, type Exposition } from './exposition.ts';
import { findFreePorts } from './ports.ts';
import { end, root, waitFor, waitForAnswer } from './process.ts';
import { uncheckedUses } from './promql.ts';
import { Visitor } from './visitor.ts';

const deploy = (file: string) => path.join(root, 'deploy/observability', file);
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool)
  process.stderr.write(
    'promtool is not installed (Debian: prometheus): what it checks is left out.\n',
  );

const random = () => randomBytes(32).toString('base64url');
const callback = 'https://heatlens.example/callback';
const ada = { email: 'ada@example.com', name: 'Ada', password: `a lamp in the attic ${random()}` };
const heatlens = { id: 'heatlens', secret: random() };
const thermometer = { id: 'thermometer', secret: random() };
const traceId = randomBytes(16).toString('hex');
const callerSpanId = randomBytes(8).toString('hex');

function configurationOf(port: number, metricsPort: number, database: string) {
  return {
    issuer: `http://localhost:${port}`,
    listen: { port },
    database,
    sealing_key: randomBytes(32).toString('base64'),
    trusted_proxies: ['127.0.0.1', '::1'],
    metrics: { port: metricsPort },
    log: { file: 'server.log', requests: true },
    apis: [
      {
        identifier: 'https://api.example',
        name: 'Sunrise Buildings',
        scopes: [{ name: 'buildings:read', description: 'See the buildings you own' }],
      },
    ],
    clients: [
      {
        client_id: heatlens.id,
        client_secret: heatlens.secret,
        kind: 'web',
        trust: 'third-party',
        client_name: 'Heatlens',
        redirect_uris: [callback],
        scope: 'openid offline_access buildings:read',
      },
      {
        client_id: thermometer.id,
        client_secret: thermometer.secret,
        kind: 'service',
        trust: 'first-party',
        client_name: 'Thermometer',
        scope: 'buildings:read',
      },
    ],
    accounts: [ada],
  };
}

interface Watched {
  readonly issuer: string;
  scrape(): Promise<Exposition>;
  readonly child: ChildProcess;
  readonly log: () => readonly Readonly<Record<string, unknown>>[];
  readonly spans: () => readonly CollectedSpan[];
  /** All of it, to the byte. */
  readonly texts: () => readonly string[];
  stop(): Promise<void>;
}

async function startWatched(database: string): Promise<Watched> {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-watched-'));
  const [port = 0, metricsPort = 0] = await findFreePorts(2);
  const file = path.join(folder, 'keywright.json');
  const [logFile, spansFile] = [path.join(folder, 'server.log'), path.join(folder, 'spans')];
  writeFileSync(file, JSON.stringify(configurationOf(port, metricsPort, database)));
  const spansDescriptor = openSync(spansFile, 'w');
  const child = spawn(
    process.execPath,
    [
      '--import',
      deploy('print-spans.mjs'),
      path.join(root, 'packages/server/bin/keywright.cjs'),
      'serve',
      '--config',
      file,
    ],
    { stdio: ['ignore', 'ignore', spansDescriptor] },
  );
  closeSync(spansDescriptor);
  const lines = (name: string) =>
    readFileSync(name, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'));
  const stop = async () => {
    await end(child, 'SIGTERM');
    rmSync(folder, { recursive: true });
  };
  try {
    await waitForAnswer(child, `http://127.0.0.1:${metricsPort}/health/ready`);
  } catch (error) {
    const said = readFileSync(spansFile, 'utf8');
    await stop();
    throw new Error(`keywright serve did not start: ${said}`, { cause: error });
  }
  return {
    issuer: `http://localhost:${port}`,
    scrape: async () =>
      readExposition(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()),
    child,
    log: () => lines(logFile).map((line) => JSON.parse(line) as Record<string, unknown>),
    spans: () => lines(spansFile).map((line) => JSON.parse(line) as CollectedSpan),
    texts: () => [readFileSync(logFile, 'utf8'), readFileSync(spansFile, 'utf8')],
    stop,
  };
}

const engines = [
  { engine: 'SQLite', prepare: async () => ({ database: 'keywright.db', drop: async () => {} }) },
  ...(isPostgresLeftOut
    ? []
    : [
        {
          engine: 'PostgreSQL',
          async prepare() {
            const { address, drop } = await makeSchema();
            return { database: address, drop };
          },
        },
      ]),
];

describe.each(engines)('the observability of a server on $engine', ({ engine, prepare }) => {
  let server: Watched;
  let drop: () => Promise<void>;
  let seen: Exposition;
  let statuses: readonly number[];
  /** Everything that nobody may read afterwards. */
  const secrets: string[] = [ada.password, heatlens.secret, thermometer.secret];

  const post = (
    place: string,
    client: typeof heatlens,
    form: Readonly<Record<string, string>>,
    headers = {},
  ) =>
    fetch(`${server.issuer}${place}`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`,
        ...headers,
      },
      body: new URLSearchParams(form),
    });
  async function askForTokens(
    client: typeof heatlens,
    form: Readonly<Record<string, string>>,
    headers = {},
  ) {
    const answer = await post('/token', client, form, headers);
    const body = (await answer.json()) as Readonly<Record<string, string>>;
    const tokens = ['access_token', 'refresh_token', 'id_token'].map((name) => body[name]);
    secrets.push(...tokens.filter((token) => token !== undefined));
    return { status: answer.status, ...body } as { status: number; refresh_token: string };
  }

  /** A user signs in at the second attempt, and agrees. The application gets its code. */
  async function authorize(): Promise<Readonly<Record<string, string>>> {
    const [verifier, state] = [random(), random()];
    const address = new URL('/authorize', server.issuer);
    address.search = new URLSearchParams({
      response_type: 'code',
      client_id: heatlens.id,
      redirect_uri: callback,
      scope: 'openid offline_access buildings:read',
      state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    const visitor = new Visitor(server.issuer);
    const wrong = `wrong ${random()}`;
    const first = await visitor.go(address);
    if (first.kind !== 'page') throw new Error('there was no page to sign in at');
    await visitor.signIn(first.page, { ...ada, password: wrong });
    const arrived = await visitor.authorize(address, ada);
    const code = arrived.searchParams.get('code') ?? '';
    secrets.push(verifier, state, wrong, code, ...visitor.cookies().values());
    return {
      grant_type: 'authorization_code',
      code,
      redirect_uri: callback,
      code_verifier: verifier,
    };
  }

  beforeAll(async () => {
    const prepared = await prepare();
    drop = prepared.drop;
    server = await startWatched(prepared.database);
    const redemption = await authorize();
    const tokens = await askForTokens(heatlens, redemption);
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    const renewed = await askForTokens(heatlens, refresh, {
      traceparent: `00-${traceId}-${callerSpanId}-01`,
      'x-request-id': 'lb-42',
    });
    const again = await askForTokens(heatlens, {
      ...refresh,
      refresh_token: renewed.refresh_token,
    });
    // Its successor was used, so this is not an honest retry.
    const reused = await askForTokens(heatlens, refresh);
    const own = await askForTokens(thermometer, { grant_type: 'client_credentials' });
    const wrong = { ...thermometer, secret: random() };
    secrets.push(wrong.secret);
    const refused = await askForTokens(wrong, { grant_type: 'client_credentials' });
    statuses = [tokens, renewed, again, reused, own, refused].map(({ status }) => status);
    await fetch(`${server.issuer}/jwks`);
    await fetch(`${server.issuer}/health/live`);
    seen = await server.scrape();
  });
  afterAll(async () => {
    await server?.stop();
    await drop?.();
  });

  it('counts requests by route, method and status, refusals by reason, tokens by grant', () => {
    expect(statuses).toEqual([200, 200, 200, 400, 200, 401]);
    const requests = (route: string, method: string, status: string) =>
      seen.value('keywright_http_requests_total', { route, method, status });
    expect(requests('/token', 'POST', '200')).toBe(4);
    expect(requests('/token', 'POST', '400')).toBe(1);
    expect(requests('/token', 'POST', '401')).toBe(1);
    expect(requests('/jwks', 'GET', '200')).toBe(1);
    expect(requests('health', 'GET', '200')).toBe(1);
    expect(seen.value('keywright_http_request_duration_seconds_count', { route: '/token' })).toBe(
      6,
    );
    const tokens = (grant: string) => seen.value('keywright_tokens_issued_total', { grant });
    expect(
      ['authorization_code', 'refresh_token', 'client_credentials', 'password'].map(tokens),
    ).toEqual([1, 2, 1, 0]);
    const refusal = (reason: string, error: string) =>
      seen.value('keywright_refusals_total', { reason, error });
    expect(refusal('refresh_token_reused', 'invalid_grant')).toBe(1);
    expect(refusal('client_authentication_failed', 'invalid_client')).toBe(1);
    const events = (type: string) => seen.value('keywright_events_total', { type });
    const types = [
      'refresh_token.reused',
      'password.wrong',
      'sign_in.succeeded',
      'consent.given',
      'fault',
    ];
    expect(types.map(events)).toEqual([1, 1, 1, 1, 0]);
  });

  it('measures store, passwords, event loop, keys, process and readiness', () => {
    const operation = 'rotateFamily';
    expect(seen.value('keywright_store_operation_duration_seconds_count', { operation })).toBe(3);
    expect(seen.value('keywright_store_faults_total', { operation })).toBe(0);
    expect(seen.value('keywright_password_check_duration_seconds_count')).toBe(2);
    expect(seen.value('keywright_event_loop_lag_seconds_count')).toBeGreaterThan(0);
    expect(seen.value('keywright_ready', { worker: '1' })).toBe(1);
    expect(seen.value('keywright_signing_keys', { algorithm: 'ES256' })).toBe(1);
    const since = seen.value('keywright_signing_key_active_timestamp_seconds', {
      algorithm: 'ES256',
    });
    expect(Math.abs(Date.now() / 1000 - (since ?? 0))).toBeLessThan(600);
    expect(seen.value('process_resident_memory_bytes', { worker: '1' })).toBeGreaterThan(1e7);
    expect(seen.value('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(seen.value('keywright_requests_in_work_limit', { worker: '1' })).toBe(512);
    expect(seen.value('keywright_overload_refusals_total')).toBe(0);
    expect(seen.samplesOf('keywright_build_info')).toMatchObject([
      { labels: { version: '0.1.0', node: process.versions.node }, value: 1 },
    ]);
    const [present, absent] =
      engine === 'SQLite'
        ? ['keywright_store_queue_acts', 'keywright_store_connections']
        : ['keywright_store_connections', 'keywright_store_queue_acts'];
    expect(seen.samplesOf(present ?? '').length).toBeGreaterThan(0);
    expect(seen.samplesOf(absent ?? '')).toEqual([]);
  });

  it.skipIf(!hasPromtool)('has an output to which promtool has no objection', () => {
    const output = execFileSync('promtool', ['check', 'metrics'], {
      input: seen.text,
      encoding: 'utf8',
    });
    expect(output).toBe('');
  });

  it('makes no series from values of callers: paths, methods, clients, grants, accounts', async () => {
    await fetch(`${server.issuer}/${random()}`, { method: 'PROPFIND' });
    await askForTokens({ id: random(), secret: random() }, { grant_type: random() });
    const before = await server.scrape();
    for (let number = 0; number < 30; number += 1) {
      await fetch(`${server.issuer}/${random()}/../..%2f${random()}`, { method: 'PROPFIND' });
      await askForTokens(
        { id: random(), secret: random() },
        { grant_type: random(), scope: random() },
      );
      await askForTokens(thermometer, { grant_type: random() });
    }
    const known = new Set(before.samples.map(({ series }) => series));
    const added = (await server.scrape()).samples.filter(({ series }) => !known.has(series));
    // One more answer of the token endpoint, and what the audit did meanwhile.
    expect(
      added.filter(({ name }) => !name.startsWith('keywright_store_operation')).length,
    ).toBeLessThan(3);
    expect(
      before.value('keywright_http_requests_total', {
        route: 'unknown',
        method: 'other',
        status: '404',
      }),
    ).toBe(1);
  });

  it('connects a request with the trace of the caller, the lines of the log and the acts of the store', async () => {
    const ofTrace = () => server.spans().filter((span) => span.traceId === traceId);
    const request = await waitFor(server.child, () =>
      ofTrace().find(({ kind }) => kind === 'SERVER'),
    );
    expect(request).toMatchObject({
      name: 'POST /token',
      parentSpanId: callerSpanId,
      attributes: {
        'http.response.status_code': 200,
        'keywright.request_id': 'lb-42',
        'keywright.client_id': heatlens.id,
        'keywright.grant_type': 'refresh_token',
      },
    });
    const children = ofTrace().filter(({ parentSpanId }) => parentSpanId === request.spanId);
    expect(children.map(({ name }) => name)).toContain('store rotateFamily');
    const line = await waitFor(server.child, () =>
      server.log().find((one) => one['msg'] === 'request' && one['request'] === 'lb-42'),
    );
    expect(line).toMatchObject({
      route: '/token',
      status: 200,
      clientId: heatlens.id,
      trace_id: traceId,
      span_id: request.spanId,
    });
    const refused = server.log().find((one) => one['reason'] === 'refresh_token_reused');
    const own = refused?.['request'];
    expect(own).toMatch(/^req_/);
    const same = server.log().filter((one) => one['request'] === own);
    expect(same.map((one) => one['msg'])).toEqual(['refresh_token.reused', 'refused', 'request']);
    expect(server.spans().map(({ name }) => name)).toContain('password check');
  });

  it('shows no secret', () => {
    const whole = [seen.text, ...server.texts()].join('\n');
    expect(secrets.length).toBeGreaterThan(15);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      expect(whole.includes(secret) || whole.includes(encodeURIComponent(secret))).toBe(false);
    }
    expect(whole).not.toContain(ada.email);
  });

  it('exposes each metric, label and value that the dashboard and the alerts use', () => {
    for (const { place, expression } of [...readPanels(), ...readAlerts()])
      expect(uncheckedUses(expression, seen), `${place}: ${expression}`).toEqual([]);
  });

  it('exposes what the page about it describes, and nothing else', () => {
    const described = [...readPage().matchAll(/^\| `((?:keywright|process)_\w+)`/gm)].map(
      ([, name]) => name,
    );
    expect(new Set(described).size).toBe(described.length);
    expect(new Set(described)).toEqual(seen.families);
  });
});

const readPage = () => readFileSync(path.join(root, 'docs/guides/observe.md'), 'utf8');

interface Asked {
  readonly place: string;
  readonly expression: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const readDashboard = () => JSON.parse(readFileSync(deploy('dashboard.json'), 'utf8')) as Dashboard;

function readPanels(): readonly Asked[] {
  return readDashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      place: `the panel "${title}"`,
      expression: expr.replaceAll('$__rate_interval', '5m'),
    })),
  );
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function readRules(): readonly Rule[] {
  const { groups } = parse(readFileSync(deploy('alerts.yaml'), 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
}

const readAlerts = (): readonly Asked[] =>
  readRules().map(({ alert, expr }) => ({ place: alert, expression: expr }));

describe('the dashboard', () => {
  const { panels, schemaVersion, templating } = readDashboard();

  it('is valid for Grafana: panels with ids of their own, without overlap, each with its queries', () => {
    expect(schemaVersion).toBeGreaterThanOrEqual(36);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from(
        { length: w * h },
        (_, place) => `${x + (place % w)}/${y + Math.floor(place / w)}`,
      );
    });
    expect(new Set(cells).size).toBe(cells.length);
    for (const { type, title, targets = [] } of panels) {
      expect(['row', 'stat', 'timeseries']).toContain(type);
      expect(title).not.toBe('');
      if (type !== 'row') expect(targets.length, title).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  it('uses only variables that it declares', () => {
    const has = new Set(['__rate_interval', ...templating.list.map(({ name }) => name)]);
    const used = JSON.stringify(panels).matchAll(/\$\{?(\w+)\}?/g);
    expect([...used].map(([, name]) => name).filter((name) => !has.has(name ?? ''))).toEqual([]);
  });

  it.skipIf(!hasPromtool)('has valid PromQL', () => {
    const rules = readPanels().map(({ expression }, index) => ({
      record: `panel:${index}`,
      expr: expression,
    }));
    const folder = mkdtempSync(path.join(tmpdir(), 'keywright-rules-'));
    const file = path.join(folder, 'rules.yaml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], {
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`${rules.length} rules found`);
  });
});

describe('the alert rules', () => {
  const page = readPage();
  const tests = readFileSync(deploy('alerts.test.yaml'), 'utf8');

  it('have a severity and a link to instructions that exist', () => {
    for (const { alert, labels, annotations } of readRules()) {
      expect(['page', 'ticket']).toContain(labels['severity']);
      expect(annotations['runbook']).toBe(`docs/guides/observe.md#${alert.toLowerCase()}`);
      expect(page).toContain(`\n#### ${alert}\n`);
      expect(tests).toContain(alert);
    }
    const described = [...page.matchAll(/^#### (Keywright\w+)$/gm)].map(([, name]) => name);
    expect(described).toEqual(readRules().map(({ alert }) => alert));
  });

  it.skipIf(!hasPromtool)('fire when they should, and not on a quiet day', () => {
    execFileSync('promtool', ['check', 'rules', deploy('alerts.yaml')], { stdio: 'pipe' });
    execFileSync('promtool', ['test', 'rules', deploy('alerts.test.yaml')], { stdio: 'pipe' });
  });
});
