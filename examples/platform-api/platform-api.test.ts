import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createGuard, generateDecryptionKey, GuardRefusal } from '@keywright/guard';
import { generateSigningKey, makeApiKey, signJwtSync } from '@keywright/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from './api.ts';
import { type BuildingStore, openBuildingStore } from './building-store.ts';
import { lineOf } from './refusal-log.ts';
import { createRoutes } from './routes.ts';
import { parseSettings } from './settings.ts';
import type { Sharing } from './sharing.ts';

const issuer = 'https://issuer.example';
const audience = 'https://platform.example';
const key = await generateSigningKey('ES256');
const everything = 'buildings:read buildings:write measurements:read measurements:write';

function tokenOf(
  sub: string,
  scope = everything,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const exp = Math.floor(Date.now() / 1000) + 60;
  const client_id = sub === 'meter' ? sub : 'app';
  const claims = { iss: issuer, aud: audience, sub, client_id, scope, exp, ...more };
  return signJwtSync(
    { kid: key.kid, algorithm: 'ES256', privateKey: key.privateKey },
    'at+jwt',
    claims,
  );
}

/**
 * `subject action building` of each permission; undefined while the decision point cannot be asked.
 */
let permissions: ReadonlySet<string> | undefined = new Set();
const sharing: Sharing = {
  isShared: async ({ subject, action, resource }) => {
    if (permissions === undefined) throw new GuardRefusal('decision_unavailable');
    return { allowed: permissions.has(`${subject} ${action} ${resource.id}`) };
  },
  listShared: async ({ subject }) => {
    if (permissions === undefined) throw new Error('away');
    return new Set(
      ['b-1', 'b-2'].filter((id) => permissions?.has(`${subject} buildings:read ${id}`)),
    );
  },
};

let folder: string;
let file: string;
let store: BuildingStore;
let server: Server;
let origin: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'platform-api-'));
  file = path.join(folder, 'data.json');
  const measurements = [1, 2].map((n) => ({
    kind: 'temperature',
    value: n,
    unit: '°C',
    at: `2026-01-0${n}T00:00:00.000Z`,
  }));
  const buildings = [
    { id: 'b-1', name: 'One', city: 'Rostock', owner: 'usr_ada', measurements },
    { id: 'b-2', name: 'Two', city: 'Wismar', owner: 'usr_bob', measurements: [] },
  ];
  writeFileSync(file, JSON.stringify({ buildings }));
  store = openBuildingStore(file);
  const guard = createGuard({
    issuer: {
      issuer,
      keys: { jwks: { keys: [key.publicJwk] } },
      client: { id: 'buildings-api', secret: 'secret' },
    },
    audience,
    apiKeys: { decryptionKeys: [generateDecryptionKey()] },
  });
  server = createServer(
    createApi(createRoutes({ guard, store, sharing, log: () => {} }), () => {}),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  store.flush();
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

async function ask(address: string, token?: string, init: RequestInit = {}) {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(origin + address, { ...init, headers });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
}
const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const measurement = { kind: 'humidity', value: 43, unit: '%', at: '2026-02-01T00:00:00Z' };

describe('the example platform API', () => {
  it('shows users their own buildings and services all of them', async () => {
    expect((await ask('/buildings', tokenOf('usr_ada'))).body).toEqual({
      buildings: [{ id: 'b-1', name: 'One', city: 'Rostock' }],
    });
    expect((await ask('/buildings', tokenOf('meter'))).body.buildings).toHaveLength(2);
  });

  it.each(['/buildings', '/buildings/b-1', '/buildings/nothing', '/buildings/b-1/measurements'])(
    'answers 401 with a challenge at %s when there is no token',
    async (address) => {
      const { status, headers } = await ask(address);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(
        /^Bearer realm="https:\/\/platform\.example"/,
      );
    },
  );

  it('answers 403 without the scope, and names it', async () => {
    const { status, headers } = await ask(
      '/buildings/b-1/measurements',
      tokenOf('usr_ada', 'buildings:read'),
    );
    expect(status).toBe(403);
    expect(headers.get('www-authenticate')).toContain('scope="measurements:read"');
  });

  it('shows a plan for a detail that names this building, and for no scope (RFC 9396)', async () => {
    const given = (actions: readonly string[], buildings: readonly string[]) =>
      tokenOf('usr_ada', '', {
        authorization_details: [{ type: 'building_access', actions, buildings }],
      });
    expect((await ask('/buildings/b-1/plan', given(['plan'], ['b-1']))).body).toEqual({
      building: 'b-1',
      plan: 'The ground floor of One',
    });
    expect((await ask('/buildings/b-1/plan', given(['measurements'], ['b-1']))).status).toBe(403);
    expect((await ask('/buildings/b-1/plan', given(['plan'], ['b-2']))).status).toBe(403);
    expect((await ask('/buildings/b-1/plan', tokenOf('usr_ada'))).status).toBe(403);
    // Nobody gives away what is not theirs.
    expect((await ask('/buildings/b-2/plan', given(['plan'], ['b-2']))).status).toBe(403);
  });

  it('names buildings for the authorization server, and for each user only their own', async () => {
    const token = tokenOf(issuer, 'authorization_details:describe', { client_id: issuer });
    const name = (question: unknown, by = token) => ask('/names', by, json('POST', question));
    const own = [{ identifier: 'b-1', name: 'One, Rostock' }];
    const asked = { sub: 'usr_ada', identifiers: ['b-1', 'b-2', 'b-9'] };
    expect((await name(asked)).body).toEqual({ resources: own });
    expect((await name({ sub: 'usr_ada' })).body).toEqual({ resources: own });
    expect((await name({ sub: 'usr_ada', identifiers: ['b-2'] })).body).toEqual({ resources: [] });
    expect((await name(asked, tokenOf('usr_ada'))).status).toBe(403);
    expect((await name({ identifiers: [] })).status).toBe(400);
    expect((await name({ sub: 'usr_ada', identifiers: 'b-1' })).status).toBe(400);
    // The token of the authorization server reads nothing else.
    expect((await ask('/buildings', token)).status).toBe(403);
  });

  it('answers 403 for another user’s building, and 404 for an unknown one', async () => {
    const token = tokenOf('usr_ada');
    const addresses = [
      '/buildings/b-2',
      '/buildings/b-2/measurements',
      '/buildings/b-2/measurements.csv',
    ];
    for (const address of addresses) expect((await ask(address, token)).status).toBe(403);
    expect((await ask('/buildings/b-2', token, json('PATCH', { name: 'Mine' }))).status).toBe(403);
    expect(
      (await ask('/buildings/b-2/measurements', token, json('POST', measurement))).status,
    ).toBe(403);
    expect((await ask('/buildings/b-3', token)).status).toBe(404);
    expect((await ask('/buildings/b-3', tokenOf('usr_ada', ''))).status).toBe(403);
  });

  it('shows another user a shared building, within the permission', async () => {
    permissions = new Set(['usr_ada buildings:read b-2']);
    const token = tokenOf('usr_ada');
    expect((await ask('/buildings/b-2', token)).body).toEqual({
      id: 'b-2',
      name: 'Two',
      city: 'Wismar',
    });
    expect((await ask('/buildings', token)).body.buildings).toHaveLength(2);
    expect((await ask('/buildings/b-2/measurements', token)).status).toBe(403);
    expect((await ask('/buildings/b-2', token, json('PATCH', { name: 'Mine' }))).status).toBe(403);
    permissions = new Set();
    expect((await ask('/buildings/b-2', token)).status).toBe(403);
    expect((await ask('/buildings', token)).body.buildings).toHaveLength(1);
  });

  it('serves owners while the decision point cannot be reached, and no other user', async () => {
    permissions = undefined;
    const token = tokenOf('usr_ada');
    expect((await ask('/buildings/b-1', token)).status).toBe(200);
    expect((await ask('/buildings', token)).body).toMatchObject({
      buildings: [{ id: 'b-1' }],
      incomplete: true,
    });
    const { status, body } = await ask('/buildings/b-2', token);
    expect([status, body.reason]).toEqual([503, 'decision_unavailable']);
    permissions = new Set();
  });

  it('accepts measurements of services, shows the newest first, and stores them', async () => {
    const sent = await ask(
      '/buildings/b-1/measurements',
      tokenOf('meter'),
      json('POST', measurement),
    );
    expect(sent.status).toBe(201);
    const { measurements } = (await ask('/buildings/b-1/measurements', tokenOf('usr_ada'))).body;
    expect(measurements.map(({ value }: { value: number }) => value)).toEqual([43, 2, 1]);
    store.flush();
    expect(openBuildingStore(file).find('b-1')?.measurements).toHaveLength(3);
    expect(readFileSync(file, 'utf8')).toContain('humidity');
  });

  it('lets an owner change name and city', async () => {
    const changed = await ask(
      '/buildings/b-1',
      tokenOf('usr_ada'),
      json('PATCH', { name: 'House' }),
    );
    expect(changed.body).toEqual({ id: 'b-1', name: 'House', city: 'Rostock' });
  });

  it('accepts a token in the address for a download only', async () => {
    const token = tokenOf('usr_ada');
    const { status, text, headers } = await ask(
      `/buildings/b-1/measurements.csv?access_token=${token}`,
    );
    expect(status).toBe(200);
    expect(text).toMatch(/^at,kind,value,unit\r\n/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect((await ask(`/buildings/b-1?access_token=${token}`)).status).toBe(400);
  });

  it.each([
    ['another field', json('PATCH', { owner: 'usr_ada' }), '/buildings/b-1'],
    ['an empty name', json('PATCH', { name: ' ' }), '/buildings/b-1'],
    ['a list', json('PATCH', []), '/buildings/b-1'],
    [
      'another type',
      { ...json('PATCH', {}), headers: { 'content-type': 'text/plain' } },
      '/buildings/b-1',
    ],
    ['no JSON', { ...json('PATCH', {}), body: '{' }, '/buildings/b-1'],
    ['too much', json('PATCH', { name: 'a'.repeat(20_000) }), '/buildings/b-1'],
    ['a formula', json('POST', { ...measurement, unit: '=1+1' }), '/buildings/b-1/measurements'],
    [
      'a value in words',
      json('POST', { ...measurement, value: 'warm' }),
      '/buildings/b-1/measurements',
    ],
    ['no time', json('POST', { ...measurement, at: 'now' }), '/buildings/b-1/measurements'],
  ])('answers 400 to %s', async (_name, init, address) => {
    expect((await ask(address, tokenOf('usr_ada'), init)).status).toBe(400);
  });

  it('answers 404 and 405 outside of its routes', async () => {
    for (const address of ['/', '/buildings/', '//buildings', '/buildings/b-1/x', '/toString']) {
      expect((await ask(address)).status).toBe(404);
    }
    const { status, headers } = await ask('/buildings/b-1', undefined, { method: 'DELETE' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, PATCH']);
  });

  it('lets browsers of other origins call it, and read the challenge', async () => {
    const preflight = await ask('/buildings', undefined, {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'GET', origin: 'https://app.example' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    const refused = await ask('/buildings');
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    expect(refused.headers.get('access-control-expose-headers')).toBe('WWW-Authenticate');
  });

  it('publishes its metadata and the key for sealing API keys, and not the private half (RFC 9728)', async () => {
    const { body } = await ask('/.well-known/oauth-protected-resource');
    expect(body).toMatchObject({ resource: audience, authorization_servers: [issuer] });
    expect(body.jwks_uri).toBe(`${audience}/.well-known/jwks.json`);
    const { keys } = JSON.parse((await ask('/.well-known/jwks.json')).text);
    expect(keys).toMatchObject([{ use: 'enc', alg: 'ECDH-ES', crv: 'X25519' }]);
    expect(keys[0]).not.toHaveProperty('d');
    expect((await ask('/.well-known/other')).status).toBe(404);
  });

  it('refuses an API key that is not sealed', async () => {
    const headers = { authorization: `ApiKey ${makeApiKey('live', randomBytes).text}` };
    const { status, body } = await ask('/buildings', undefined, { headers });
    expect([status, body.reason]).toEqual([401, 'api_key_plain']);
  });

  it('reports that it is healthy', async () => {
    expect((await ask('/health')).body).toEqual({ status: 'ok' });
  });
});

describe('a line of the refusal log of the example API', () => {
  const event = { reason: 'fault', status: 500, decision: 'd-1', path: '/buildings/b-1' } as const;

  it('is the event with its time, and an exception as text', () => {
    const line = JSON.parse(lineOf({ ...event, error: new Error('no\nsuch table') }, new Date(0)));
    expect(line).toMatchObject({ time: '1970-01-01T00:00:00.000Z', ...event });
    expect(line.error).toContain('no\nsuch table');
    expect(lineOf({ ...event, error: 'odd\nthing' }, new Date(0))).not.toContain('\n');
    expect(JSON.parse(lineOf(event, new Date(0)))).not.toHaveProperty('error');
  });
});

describe('the settings of the example API', () => {
  const good = {
    ISSUER: issuer,
    AUDIENCE: audience,
    CLIENT_ID: 'buildings-api',
    CLIENT_SECRET: 'secret',
    DECRYPTION_KEYS_FILE: 'keys.json',
    DATA_FILE: 'data.json',
  };

  it('have defaults for port and host only', () => {
    expect(parseSettings(good)).toMatchObject({
      port: 4001,
      host: '127.0.0.1',
      refusalLog: undefined,
    });
    expect(() => parseSettings({})).toThrow(
      `Set these in the environment: ${Object.keys(good).join(', ')}`,
    );
    expect(() => parseSettings({ ...good, PORT: 'http' })).toThrow('PORT');
  });
});
