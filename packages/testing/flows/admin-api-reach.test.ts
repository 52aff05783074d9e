/**
 * What a caller with `clients:write` and no other scope can do: never more than its own rights.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createClientKey } from './assertions.ts';
import { createDynamicClients, register, webApp } from './dynamic-clients.ts';
import { call, tokenOf } from './permissions-service.ts';
import { apis, buildings, clients } from './sunrise.ts';

const service = (client_id: string, scope: string) =>
  ({ client_id, kind: 'service', trust: 'first-party', client_name: client_id, scope }) as const;

const path = '/admin/v1/clients';
const app = {
  kind: 'web',
  trust: 'third-party',
  client_name: 'Roof Rental',
  redirect_uris: ['https://roof.example/cb'],
  scope: 'openid profile buildings:read',
};
const worker = { kind: 'service', trust: 'third-party', client_name: 'Night Job' };

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createDynamicClients({
    apis: apis.map((api) =>
      api.identifier === buildings
        ? { ...api, introspectors: ['buildings-api', 'meters-api'] }
        : api,
    ),
    clients: [
      ...clients,
      service('writer', 'clients:write buildings:read'),
      service('reader', 'clients:read clients:write buildings:read'),
      service('truster', 'clients:write clients:trust buildings:read'),
      service('auditor', 'clients:read'),
      service('registrar', 'registration:write'),
    ],
    features: { registration: 'initial-token', mutualTls: true },
  });
  await moveToCommand('auditor');
});
afterEach(() => platform.close());

/** As if a command had added it. */
async function moveToCommand(id: string): Promise<void> {
  const client = await platform.store.clients.load(id);
  if (client === undefined) throw new Error(`there is no ${id}`);
  await platform.store.clients.save({ ...client, origin: 'command' });
}

const send = async (caller: string, method: string, address: string, body?: unknown) =>
  call(platform, address, await tokenOf(platform, caller), {
    method,
    ...(body === undefined ? {} : { body }),
  });
const refusalOf = async (caller: string, id: string) =>
  (await send(caller, 'POST', `${path}/secret`, { client_id: id })).json['error_description'];
const add = (caller: string, body: unknown) => send(caller, 'POST', path, body);
const change = async (caller: string, id: string, body: unknown) =>
  call(platform, `${path}?client_id=${id}`, await tokenOf(platform, caller), {
    method: 'PATCH',
    body,
    headers: { 'if-match': '*', 'content-type': 'application/merge-patch+json' },
  });

describe('a caller with only the scope clients:write', () => {
  it('adds a third-party application or a service, with scopes that the caller has', async () => {
    expect((await add('writer', app)).status).toBe(201);
    expect((await add('writer', { ...worker, scope: 'buildings:read' })).status).toBe(201);
  });

  it.each([
    ['web', { ...app, trust: 'first-party' }],
    ['service', { ...worker, trust: 'first-party' }],
    ['native', { ...app, kind: 'native', trust: 'first-party' }],
    ['browser', { ...app, kind: 'browser', trust: 'first-party' }],
  ])('cannot add a first-party %s client, for which no user would be asked', async (_, body) => {
    const answer = await add('writer', body);
    expect([answer.status, answer.json['error']]).toEqual([403, 'insufficient_scope']);
    expect(answer.headers['www-authenticate']).toContain('scope="clients:trust"');
    expect((await add('truster', body)).status).toBe(201);
  });

  it.each([
    [
      'exchanges tokens of others',
      {
        grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
        token_exchange: { impersonation: true, audiences: [buildings] },
      },
    ],
    [
      'brings assertions about others',
      {
        grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
        assertion_issuers: ['https://hr.partner.example'],
      },
    ],
    ['has the id of an introspector that is not there yet', { client_id: 'meters-api' }],
  ])('cannot add a service that %s', async (_, members) => {
    const answer = await add('writer', { ...worker, ...members });
    expect([answer.status, answer.json['error']]).toEqual([403, 'insufficient_scope']);
    expect((await add('truster', { ...worker, ...members })).status).toBe(201);
  });

  it.each(['writer', 'truster'])(
    'cannot give a scope that it does not have itself, also with clients:trust: caller %s',
    async (caller) => {
      for (const body of [app, worker]) {
        const answer = await add(caller, {
          ...body,
          scope: 'buildings:read measurements:read invoices:read',
        });
        expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_client_metadata']);
        expect(answer.json['error_description']).toBe(
          'scope measurements:read is not a scope of the caller; scope invoices:read is not a scope of the caller',
        );
      }
    },
  );

  it('is judged by the scope of its token, not by the scope of its client', async () => {
    const form = { grant_type: 'client_credentials', resource: `${platform.issuer}/admin` };
    const narrow = await platform.post('/token', { ...form, scope: 'clients:write' }, 'truster');
    const body = { ...worker, trust: 'first-party' };
    const answer = await call(platform, path, String(narrow.json['access_token']), { body });
    expect(answer.status).toBe(403);
  });

  it.each(['writer', 'truster'])(
    'cannot change an administrator or a client of the configuration, as %s',
    async (caller) => {
      for (const id of ['auditor', 'heatlens', 'portal', 'truster']) {
        const before = await platform.store.clients.load(id);
        for (const answer of [
          await send(caller, 'DELETE', `${path}?client_id=${id}`),
          await send(caller, 'POST', `${path}/enable`, { client_id: id }),
          await send(caller, 'POST', `${path}/secret`, { client_id: id }),
        ])
          expect([answer.status, answer.reason]).toEqual([403, 'resource_forbidden']);
        expect(await platform.store.clients.load(id)).toStrictEqual(before);
      }
    },
  );

  it('learns which scopes a client has beyond its own if it also has clients:read', async () => {
    await moveToCommand('portal');
    await moveToCommand('spa');
    expect(await refusalOf('reader', 'portal')).toContain(
      'can only be set by a caller with clients:trust',
    );
    expect(await refusalOf('reader', 'spa')).toBe(
      'This client has more access than the caller: scope measurements:read is not a scope of the caller.',
    );
  });

  it('does not learn the scopes of a client without clients:read', async () => {
    await moveToCommand('portal');
    await moveToCommand('spa');
    for (const id of ['portal', 'spa'])
      expect(await refusalOf('writer', id)).toBe('This client has more access than the caller.');
  });

  it('does not learn them with a token that was issued without clients:read', async () => {
    await moveToCommand('spa');
    const form = { grant_type: 'client_credentials', resource: `${platform.issuer}/admin` };
    const narrow = await platform.post('/token', { ...form, scope: 'clients:write' }, 'reader');
    const answer = await call(platform, `${path}/secret`, String(narrow.json['access_token']), {
      body: { client_id: 'spa' },
    });
    expect(answer.json['error_description']).toBe('This client has more access than the caller.');
  });

  it.each([
    ['portal', 'a first-party application'],
    ['collector', 'a first-party service with more scopes'],
    ['buildings-api', 'an introspector'],
    ['spa', 'an application with more scopes'],
  ])('cannot take over %s, %s, but may disable it', async (id) => {
    await moveToCommand(id);
    const secret = await send('writer', 'POST', `${path}/secret`, { client_id: id });
    expect(secret.status).toBe(403);
    expect((await send('writer', 'DELETE', `${path}?client_id=${id}`)).status).toBe(204);
    const enabled = await send('writer', 'POST', `${path}/enable`, { client_id: id });
    expect(enabled.status).toBe(403);
    expect(await platform.store.clients.load(id)).toMatchObject({ status: 'disabled' });
  });
});

describe('a change by a caller with only the scope clients:write', () => {
  const grants = ['authorization_code', 'urn:openid:params:grant-type:ciba'];
  const elsewhere = 'https://elsewhere.example/x';
  const jwks = { keys: [createClientKey('other').jwk] };
  const addApp = async (members: object = {}) =>
    String((await add('truster', { ...app, ...members })).json['client_id']);

  it.each([
    ['redirect_uris', [...app.redirect_uris, elsewhere]],
    ['post_logout_redirect_uris', [elsewhere]],
    ['backchannel_logout_uri', elsewhere],
    ['initiate_login_uri', elsewhere],
    ['request_uris', [elsewhere]],
    ['client_uri', elsewhere],
    ['logo_uri', elsewhere],
    ['policy_uri', elsewhere],
    ['tos_uri', elsewhere],
  ])('cannot send users or data to another origin: %s', async (name, value) => {
    const id = await addApp();
    const answer = await change('writer', id, { [name]: value });
    expect([answer.status, answer.json['error']]).toEqual([403, 'insufficient_scope']);
    expect(answer.headers['www-authenticate']).toContain('scope="clients:trust"');
    expect((await change('truster', id, { [name]: value })).status).toBe(200);
    const here = JSON.parse(
      JSON.stringify(value).replaceAll('elsewhere.example', 'roof.example'),
    ) as unknown;
    expect((await change('writer', await addApp(), { [name]: here })).status).toBe(200);
  });

  it('cannot send CIBA notifications to another origin', async () => {
    const id = await addApp({ grant_types: grants });
    const ping = (backchannel_client_notification_endpoint: string) => ({
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint,
    });
    expect((await change('writer', id, ping(elsewhere))).status).toBe(403);
    expect((await change('writer', id, ping('https://roof.example/ping'))).status).toBe(200);
  });

  it.each(['client_uri', 'logo_uri', 'policy_uri', 'tos_uri', 'request_uris'])(
    'cannot send requests to the host of %s, which received none before',
    async (name) => {
      const at = (uri: string) => ({ [name]: name === 'request_uris' ? [uri] : uri });
      const id = await addApp(at('https://pages.example/roof'));
      const evil = { backchannel_logout_uri: 'https://pages.example/somebody-else' };
      expect((await change('writer', id, evil)).status).toBe(403);
      expect((await change('writer', id, at('https://pages.example/new'))).status).toBe(200);
    },
  );

  it.each([
    ['jwks', { jwks }, { jwks: null, jwks_uri: 'https://roof.example/keys' }],
    [
      'jwks_uri',
      { jwks_uri: 'https://roof.example/keys' },
      { jwks_uri: 'https://roof.example/mine' },
    ],
    [
      'jwks in place of jwks_uri',
      { jwks_uri: 'https://roof.example/keys' },
      { jwks_uri: null, jwks },
    ],
    [
      'the name in a certificate',
      { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'roof.example' },
      { tls_client_auth_san_dns: 'elsewhere.example' },
    ],
    [
      'a secret in place of keys',
      { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://roof.example/keys' },
      { token_endpoint_auth_method: 'client_secret_basic' },
    ],
  ])('cannot give an application other keys: %s', async (_, members, other) => {
    const id = await addApp(members);
    expect((await change('writer', id, { client_name: 'Roof' })).status).toBe(200);
    expect((await change('writer', id, other)).status).toBe(403);
    expect((await change('truster', id, other)).status).toBe(200);
  });

  it('can give a service other keys, because no user consented to a service', async () => {
    const id = String(
      (await add('writer', { ...worker, jwks_uri: 'https://roof.example/keys' })).json['client_id'],
    );
    expect((await change('writer', id, { jwks_uri: elsewhere })).status).toBe(200);
  });
});

describe('a new secret by the admin API', () => {
  const renew = (caller: string, client_id: string) =>
    send(caller, 'POST', `${path}/secret`, { client_id });

  it.each(['web', 'native', 'browser'])(
    'for an application (%s), to which users may have consented, needs clients:trust',
    async (kind) => {
      const added = await add('truster', {
        ...app,
        kind,
        ...(kind === 'web' ? {} : { token_endpoint_auth_method: 'none' }),
      });
      const id = String(added.json['client_id']);
      const before = await platform.store.clients.load(id);
      const refused = await renew('writer', id);
      expect([refused.status, refused.json['error']]).toEqual([403, 'insufficient_scope']);
      expect(refused.headers['www-authenticate']).toContain('scope="clients:trust"');
      expect(await platform.store.clients.load(id)).toStrictEqual(before);
      expect((await renew('truster', id)).status).toBe(kind === 'web' ? 200 : 400);
    },
  );

  it('for a service needs the same scopes as adding the service', async () => {
    const made = await add('truster', { ...worker, scope: 'buildings:read' });
    expect((await renew('writer', String(made.json['client_id']))).status).toBe(200);
    const trusted = await add('truster', { ...worker, trust: 'first-party' });
    expect((await renew('writer', String(trusted.json['client_id']))).status).toBe(403);
    expect((await renew('truster', String(trusted.json['client_id']))).status).toBe(200);
  });

  it('that comes with another authentication method needs the same scopes', async () => {
    const method = { token_endpoint_auth_method: 'client_secret_jwt' };
    const id = String((await add('truster', app)).json['client_id']);
    const refused = await change('writer', id, method);
    expect([refused.status, refused.json['error']]).toEqual([403, 'insufficient_scope']);
    const changed = await change('truster', id, method);
    expect([changed.status, typeof changed.json['client_secret']]).toEqual([200, 'string']);
  });
});

describe('a caller with clients:write and without clients:read', () => {
  const narrowly = async (caller: string, method: string, address: string, body: unknown) => {
    const form = { grant_type: 'client_credentials', resource: `${platform.issuer}/admin` };
    const narrow = await platform.post('/token', { ...form, scope: 'clients:write' }, caller);
    const headers = { 'if-match': '*' };
    return call(platform, address, String(narrow.json['access_token']), { method, body, headers });
  };

  it.each(['writer', 'reader'])('learns about a client only what it sent: %s', async (caller) => {
    const secret = { contacts: ['boss@roof.example'], tos_uri: 'https://roof.example/tos' };
    const added = await narrowly(caller, 'POST', path, {
      ...app,
      ...secret,
      client_secret: null,
      made_up: 1,
    });
    const { client_id, client_secret } = added.json;
    expect([added.status, added.json]).toEqual([
      201,
      { ...app, ...secret, client_id, client_secret },
    ]);
    expect(client_secret).toMatch(/^[\w-]{43}$/);
    const address = `${path}?client_id=${String(client_id)}`;
    for (const sent of [{}, { client_name: 'Roof' }, { client_name: 'Roof', tos_uri: null }]) {
      const changed = await narrowly(caller, 'PATCH', address, sent);
      const { tos_uri: _, ...own } = { tos_uri: null, ...sent };
      expect([changed.status, changed.json]).toEqual([200, { ...own, client_id }]);
      expect(changed.headers['etag']).toMatch(/^"[\w-]+"$/);
    }
    const service = (await add('truster', worker)).json['client_id'];
    const renewed = await narrowly(caller, 'POST', `${path}/secret`, { client_id: service });
    expect(Object.keys(renewed.json)).toEqual(['client_id', 'client_secret']);
  });

  it('does not learn the former members of an object that it changes', async () => {
    const jwks = { keys: [createClientKey('other').jwk] };
    const key = (await add('writer', { ...worker, jwks })).json['client_id'];
    const changed = await narrowly('writer', 'PATCH', `${path}?client_id=${String(key)}`, {
      jwks: {},
    });
    expect([changed.status, changed.json]).toEqual([200, { client_id: key, jwks: {} }]);
  });

  it('gets the whole client once it also has clients:read', async () => {
    const added = await add('reader', app);
    expect(added.json).toMatchObject({ origin: 'command', status: 'active' });
    const changed = await change('reader', String(added.json['client_id']), {});
    expect(changed.json).toMatchObject({
      origin: 'command',
      status: 'active',
      client_name: 'Roof Rental',
    });
  });
});

describe('an initial access token made with registration:write', () => {
  it('stops working when the client that made it has lost the scope', async () => {
    const make = async () => {
      const answer = await send('registrar', 'POST', '/admin/v1/registration-tokens', { uses: 5 });
      return String(answer.json['initial_access_token']);
    };
    const token = await make();
    expect((await register(platform, webApp, token)).status).toBe(201);
    const registrar = await platform.store.clients.load('registrar');
    if (registrar === undefined) throw new Error('there is no registrar');
    await platform.store.clients.save({ ...registrar, scopes: ['clients:read'] });
    platform.clock.advance(10);
    expect((await register(platform, webApp, token)).json['error']).toBe('invalid_token');
    await platform.store.clients.save(registrar);
    platform.clock.advance(10);
    expect((await register(platform, webApp, token)).status).toBe(201);
    await platform.store.clients.disable('registrar', platform.clock.nowSeconds());
    platform.clock.advance(10);
    expect((await register(platform, webApp, token)).status).toBe(401);
  });
});
