/** The admin API for programs (docs/reference/admin-api.md). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createDynamicClients, register, webApp } from './dynamic-clients.ts';
import { call, tokenOf } from './permissions-service.ts';
import { ada, obtainTokens, clients, refresh } from './sunrise.ts';

const everything =
  'clients:read clients:write clients:trust keys:write requests:answer registration:write accounts:manage accounts:password';
/** The scopes that it may give to clients: no more than it has. */
const ofApis = 'buildings:read measurements:read invoices:read';
const service = (client_id: string, scope: string) =>
  ({ client_id, kind: 'service', trust: 'first-party', client_name: client_id, scope }) as const;

/** Asks for users who are not present. */
const desk = {
  client_id: 'desk',
  kind: 'web',
  trust: 'third-party',
  client_name: 'Sunrise Desk',
  grant_types: ['urn:openid:params:grant-type:ciba'],
  scope: 'openid buildings:read',
} as const;

let platform: TestPlatform;
let token: string;
beforeEach(async () => {
  platform = await createDynamicClients({
    clients: [
      ...clients,
      desk,
      service('operator', `${everything} ${ofApis}`),
      service('reader', 'clients:read'),
    ],
    features: {
      registration: 'initial-token',
      deviceAuthorization: true,
      backchannelAuthentication: true,
    },
  });
  token = await tokenOf(platform, 'operator');
});
afterEach(() => platform.close());

const get = (address: string) => call(platform, address, token, { method: 'GET' });
const post = (address: string, body: unknown) => call(platform, address, token, { body });
const remove = (address: string) => call(platform, address, token, { method: 'DELETE' });

const door = '/admin/v1/clients';

/**
 * As if a command had added Heatlens, because a client of the configuration can only be changed
 * there.
 */
async function moveToCommand(): Promise<void> {
  const heatlens = await platform.store.clients.load('heatlens');
  if (heatlens !== undefined) await platform.store.clients.save({ ...heatlens, origin: 'command' });
}

const newClient = {
  kind: 'web',
  trust: 'third-party',
  client_name: 'Roof Rental',
  redirect_uris: ['https://roof.example/cb'],
  scope: 'openid buildings:read',
};

describe('through the admin API, clients', () => {
  it('are listed page by page, without a secret or a digest', async () => {
    const names: string[] = [];
    let address = `${door}?limit=3`;
    for (let pages = 0; pages < 10; pages += 1) {
      const { json } = await get(address);
      const { clients: page, next } = json as { clients: { client_id: string }[]; next?: string };
      expect(page.length).toBeLessThanOrEqual(3);
      names.push(...page.map(({ client_id }) => client_id));
      if (next === undefined) break;
      address = `${door}?after=${next}`;
    }
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(['heatlens', 'operator']));
    expect(JSON.stringify((await get(door)).json)).not.toContain('digest');
  });

  it('are listed by provenance', async () => {
    await post(door, newClient);
    const { json } = await get(`${door}?origin=command`);
    expect(json['clients']).toMatchObject([{ client_name: 'Roof Rental', origin: 'command' }]);
  });

  it('are read one by one, also by ids that are addresses', async () => {
    expect((await get(`${door}?client_id=heatlens`)).json).toMatchObject({
      client_id: 'heatlens',
      kind: 'web',
      trust: 'third-party',
      status: 'active',
      origin: 'config',
      redirect_uris: ['https://heatlens.example/callback'],
      token_endpoint_auth_method: 'client_secret_basic',
    });
    const unknown = await get(
      `${door}?client_id=${encodeURIComponent('https://nobody.example/x')}`,
    );
    expect([unknown.status, unknown.reason]).toEqual([404, 'object_unknown']);
  });

  it('are added as by the command, with a secret that is shown once', async () => {
    const { status, json } = await post(door, newClient);
    expect(status).toBe(201);
    expect(json).toMatchObject({ ...newClient, origin: 'command', status: 'active' });
    expect(json['client_secret']).toMatch(/^[\w-]{43}$/);
    const read = await get(`${door}?client_id=${String(json['client_id'])}`);
    expect(read.json).not.toHaveProperty('client_secret');
    expect(platform.events).toContainEqual(
      expect.objectContaining({
        type: 'client.added',
        clientId: json['client_id'],
        by: 'operator',
      }),
    );
  });

  it('that sign with their secret can do so at once, and also with a new secret', async () => {
    const signer = { ...newClient, token_endpoint_auth_method: 'client_secret_jwt' };
    const { json } = await post(door, signer);
    const client = await platform.store.clients.load(String(json['client_id']));
    expect(client?.secrets).toMatchObject([{ sealed: expect.any(String) as string }]);
    expect(JSON.stringify(json)).not.toContain(client?.secrets[0]?.sealed);
    expect((await post(`${door}/secret`, { client_id: client?.id })).status).toBe(200);
    const renewed = await platform.store.clients.load(client?.id ?? '');
    expect(renewed?.secrets.every(({ sealed }) => sealed !== undefined)).toBe(true);
  });

  it('are disabled together with all that they have, and may be disabled again', async () => {
    await moveToCommand();
    const { refresh_token } = await obtainTokens(platform);
    expect((await remove(`${door}?client_id=heatlens`)).status).toBe(204);
    expect((await remove(`${door}?client_id=heatlens`)).status).toBe(204);
    expect((await refresh(platform, refresh_token)).status).toBe(401);
    expect(platform.events.filter(({ type }) => type === 'client.disabled')).toHaveLength(1);
  });

  it('are enabled again, with the secrets that they had and nothing else, and may be enabled twice', async () => {
    await moveToCommand();
    const { refresh_token } = await obtainTokens(platform);
    await remove(`${door}?client_id=heatlens`);
    for (let times = 0; times < 2; times += 1)
      expect((await post(`${door}/enable`, { client_id: 'heatlens' })).status).toBe(204);
    expect((await refresh(platform, refresh_token)).json['error']).toBe('invalid_grant');
    platform.clock.advance(1);
    expect((await obtainTokens(platform)).access_token).toBeDefined();
    expect(platform.events.filter(({ type }) => type === 'client.enabled')).toMatchObject([
      { clientId: 'heatlens', by: 'operator' },
    ]);
  });

  it('get a new secret, and the former secret works for a while', async () => {
    await moveToCommand();
    const { status, json } = await post(`${door}/secret`, {
      client_id: 'heatlens',
      overlap_seconds: 60,
    });
    expect(status).toBe(200);
    const former = String(platform.secrets.get('heatlens'));
    const asks = (secret: string) =>
      platform.post('/token', {
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id: 'heatlens',
        client_secret: secret,
      });
    expect((await asks(String(json['client_secret']))).json['error']).toBe('invalid_grant');
    expect((await asks(former)).json['error']).toBe('invalid_grant');
    platform.clock.advance(60);
    expect((await asks(former)).json['error']).toBe('invalid_client');
  });
});

describe('through the admin API, signing keys', () => {
  it('are listed without their private halves', async () => {
    const { json } = await get('/admin/v1/keys');
    expect(json['keys']).toMatchObject([{ kid: expect.any(String) as string }, {}]);
    expect(JSON.stringify(json)).not.toContain('ealed');
  });

  it('are rotated: the new key is published at once, and signs when every API has read it', async () => {
    const { status, json } = await post('/admin/v1/keys', { alg: 'ES256' });
    expect(status).toBe(201);
    const [made] = json['keys'] as { kid: string; active_at: number }[];
    expect(made?.active_at).toBe(platform.clock.nowSeconds() + 360);
    const { json: jwks } = await platform.get('/jwks');
    expect((jwks['keys'] as { kid: string }[]).map(({ kid }) => kid)).toContain(made?.kid);
  });

  it('are withdrawn: what the former keys signed is invalid, also the token of the request', async () => {
    expect((await post('/admin/v1/keys', { withdraw: true })).status).toBe(201);
    expect((await get('/admin/v1/keys')).status).toBe(401);
    token = await tokenOf(platform, 'operator');
    expect((await get('/admin/v1/keys')).status).toBe(200);
  });
});

describe('through the admin API, initial access tokens', () => {
  it('are created with an expiry and a number of uses, and let a client register itself', async () => {
    const { status, json } = await post('/admin/v1/registration-tokens', {
      expires_in: 600,
      uses: 1,
    });
    expect(status).toBe(201);
    expect(json).toMatchObject({ uses: 1, expires_at: platform.clock.nowSeconds() + 600 });
    const initial = String(json['initial_access_token']);
    expect((await register(platform, webApp)).status).toBe(401);
    expect((await register(platform, webApp, initial)).status).toBe(201);
    expect((await register(platform, webApp, initial)).status).toBe(401);
    expect(JSON.stringify(platform.events)).not.toContain(initial);
  });
});

describe('through the admin API, accounts', () => {
  it('are listed and read without any password data', async () => {
    const { json } = await get('/admin/v1/accounts');
    expect(json['accounts']).toHaveLength(2);
    expect(JSON.stringify(json)).not.toContain('assword');
    const one = await get(`/admin/v1/accounts?email=${encodeURIComponent(ada)}`);
    expect(one.json).toMatchObject({ email: ada, name: 'Ada Byron', status: 'active' });
    expect(
      (await get(`/admin/v1/accounts?account_id=${String(one.json['account_id'])}`)).json,
    ).toEqual(one.json);
  });

  it('are disabled together with everything that they granted', async () => {
    const { refresh_token } = await obtainTokens(platform);
    const id = platform.accounts.get(ada)?.id ?? '';
    expect((await remove(`/admin/v1/accounts?account_id=${id}`)).status).toBe(204);
    expect((await refresh(platform, refresh_token)).status).toBe(400);
  });

  it('are enabled again, also twice, and what they had granted does not come back', async () => {
    const { refresh_token } = await obtainTokens(platform);
    const account_id = platform.accounts.get(ada)?.id ?? '';
    await remove(`/admin/v1/accounts?account_id=${account_id}`);
    expect((await platform.signIn(platform.browser(), ada)).status).toBe(401);
    for (let times = 0; times < 2; times += 1)
      expect((await post('/admin/v1/accounts/enable', { account_id })).status).toBe(204);
    expect((await platform.signIn(platform.browser(), ada)).status).toBe(303);
    expect((await refresh(platform, refresh_token)).status).toBe(400);
    expect(platform.events.filter(({ type }) => type === 'account.enabled')).toMatchObject([
      { accountId: account_id, by: 'operator' },
    ]);
  });

  it.each([
    [undefined, 200],
    [true, 400],
  ])(
    'get another password, which ends their sessions; with end_grants %s a refresh is %i',
    async (end_grants, status) => {
      const { refresh_token } = await obtainTokens(platform, { scope: 'openid offline_access' });
      const browser = platform.browser();
      await platform.signIn(browser, ada);
      const account_id = platform.accounts.get(ada)?.id ?? '';
      const password = 'lantern gravel umbrella';
      const answer = await post('/admin/v1/accounts/password', {
        account_id,
        password,
        end_grants,
      });
      expect(answer.status).toBe(204);
      expect((await browser.get('/account')).status).toBe(303);
      expect((await platform.signIn(platform.browser(), ada)).status).toBe(401);
      expect((await refresh(platform, refresh_token)).status).toBe(status);
      expect(platform.events.find(({ type }) => type === 'account.password_changed')).toMatchObject(
        {
          accountId: account_id,
          endsGrants: end_grants === true,
          by: 'operator',
        },
      );
      expect(JSON.stringify(platform.events)).not.toContain(password);
    },
  );
});

describe('through the admin API, CIBA requests that wait for a user', () => {
  const device = 'urn:ietf:params:oauth:grant-type:device_code';

  async function askByDevice() {
    await post(door, {
      kind: 'native',
      trust: 'first-party',
      client_id: 'meter',
      client_name: 'Meter',
      redirect_uris: ['com.example.meter:/cb'],
      grant_types: ['authorization_code', 'refresh_token', device],
      scope: 'openid buildings:read',
    });
    const { json } = await platform.post('/device_authorization', {
      client_id: 'meter',
      scope: 'openid',
    });
    return json as { device_code: string; user_code: string };
  }

  it.each([
    ['approve', 200],
    ['deny', 400],
  ])('are answered for an account: %s', async (decision, status) => {
    const asked = await askByDevice();
    const account_id = platform.accounts.get(ada)?.id;
    const answer = await post('/admin/v1/requests', {
      user_code: asked.user_code,
      account_id,
      decision,
    });
    expect(answer.json).toEqual({ client_id: 'meter', approved: decision === 'approve' });
    platform.clock.advance(10);
    const polled = await platform.post('/token', {
      grant_type: device,
      device_code: asked.device_code,
      client_id: 'meter',
    });
    expect(polled.status).toBe(status);
    const again = await post('/admin/v1/requests', {
      user_code: asked.user_code,
      account_id,
      decision,
    });
    expect([again.status, again.reason]).toEqual([400, 'deferred_not_pending']);
  });

  it('are listed for an account, and answered by the name that the list shows', async () => {
    const account_id = platform.accounts.get(ada)?.id ?? '';
    const list = async () => (await get(`/admin/v1/requests?account_id=${account_id}`)).json;
    expect(await list()).toEqual({ requests: [] });
    const form = { login_hint: ada, scope: 'openid', binding_message: 'W4SCT' };
    await platform.post('/bc-authorize', form, 'desk');
    const { requests } = (await list()) as { requests: { request_id: string }[] };
    expect(requests).toMatchObject([
      { kind: 'ciba', client_id: 'desk', scope: 'openid', binding_message: 'W4SCT' },
    ]);
    const [{ request_id } = { request_id: '' }] = requests;
    const answered = await post('/admin/v1/requests', {
      request_id,
      account_id,
      decision: 'approve',
    });
    expect(answered.json).toEqual({ client_id: 'desk', approved: true });
    // No user agreed on a page, so the audit says which service answered instead.
    const told = platform.events.filter(({ type }) => type === 'consent.given');
    expect(told).toMatchObject([{ clientId: 'desk', accountId: account_id, by: 'operator' }]);
    expect(await list()).toEqual({ requests: [] });
  });
});
