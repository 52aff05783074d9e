/** Changes of clients (docs/reference/admin-api.md §2): what a change does, and what it ends. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, TestPlatform, TestPlatformOptions } from '../src/index.ts';
import {
  createDynamicClients,
  createOutside,
  manage,
  type OutsideWorld,
  register,
  remember,
  webApp,
} from './dynamic-clients.ts';
import { call, tokenOf } from './permissions-service.ts';
import {
  allow,
  authorizeLink,
  callback,
  claimsOf,
  clients,
  obtainCode,
  obtainTokens,
  redeem,
  refresh,
  tokensOf,
} from './sunrise.ts';

const path = '/admin/v1/clients';
const second = 'https://heatlens.example/second';
const everything = 'buildings:read measurements:read invoices:read';

let platform: TestPlatform;
let token: string;
let outside: OutsideWorld;
beforeEach(async () => {
  outside = createOutside();
  const options = {
    clients: [
      ...clients,
      {
        client_id: 'operator',
        kind: 'service',
        trust: 'first-party',
        client_name: 'Operations',
        scope: `clients:read clients:write clients:trust registration:write ${everything}`,
      },
    ],
    features: { registration: 'open', pushedRequests: true },
  } satisfies TestPlatformOptions;
  platform = await createDynamicClients(options, outside);
  for (const { client_id: id = '' } of clients) {
    const client = await platform.store.clients.load(id);
    if (client !== undefined) await platform.store.clients.save({ ...client, origin: 'command' });
  }
  token = await tokenOf(platform, 'operator');
});
afterEach(() => platform.close());

const read = (id: string) => call(platform, `${path}?client_id=${id}`, token, { method: 'GET' });

/** Reads the client, and sends the change for the version that was read. */
async function change(id: string, patch: unknown, query = ''): Promise<Answer> {
  const { etag = '' } = (await read(id)).headers;
  const headers = { 'if-match': etag, 'content-type': 'application/merge-patch+json' };
  const answer = await call(platform, `${path}?client_id=${id}${query}`, token, {
    method: 'PATCH',
    body: patch,
    headers,
  });
  // Clients are cached for a few seconds at most.
  platform.clock.advance(6);
  return answer;
}

describe('a change of a client by the admin API', () => {
  it('adds a second redirect URI, and no user has to consent again', async () => {
    const { refresh_token } = await obtainTokens(platform);
    const answer = await change('heatlens', { redirect_uris: [callback, second] });
    expect([answer.status, answer.json['redirect_uris']]).toEqual([200, [callback, second]]);
    expect((await refresh(platform, refresh_token)).status).toBe(200);
    expect((await allow(platform, { redirect_uri: second })).href).toMatch(
      /^https:\/\/heatlens\.example\/second\?/,
    );
  });

  it('replaces members, removes those that are null, and keeps the rest (RFC 7396)', async () => {
    const before = (await read('heatlens')).json;
    const answer = await change('heatlens', {
      client_name: 'Heatlens Two',
      publisher: null,
      policy_uri: 'https://heatlens.example/privacy',
    });
    const { publisher: _, ...kept } = before;
    const expected = {
      ...kept,
      client_name: 'Heatlens Two',
      policy_uri: 'https://heatlens.example/privacy',
    };
    expect(answer.json).toEqual(expected);
    expect((await read('heatlens')).json).toEqual(expected);
    expect(answer.headers['etag']).toBe((await read('heatlens')).headers['etag']);
  });

  it('merges an object with the stored one (RFC 7396)', async () => {
    const grant_types = ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'];
    const token_exchange = { impersonation: true, audiences: ['https://api.sunrise.example'] };
    await change('collector', { grant_types, token_exchange });
    const answer = await change('collector', {
      token_exchange: { impersonation: null, delegation: true },
    });
    expect(answer.json['token_exchange']).toEqual({
      impersonation: false,
      delegation: true,
      audiences: ['https://api.sunrise.example'],
    });
  });

  it('accepts the whole client as it was read, changed or unchanged', async () => {
    for (const { client_id: id = '' } of clients) {
      const { json } = await read(id);
      expect([id, (await change(id, json)).json]).toEqual([id, json]);
    }
    expect(platform.events.filter(({ type }) => type === 'client.changed')).toEqual([]);
  });

  it('makes an event with the names of its members and the caller, but without their values', async () => {
    await change('heatlens', { client_name: 'Heatlens Two', redirect_uris: [second] });
    expect(platform.events.filter(({ type }) => type === 'client.changed')).toEqual([
      {
        type: 'client.changed',
        clientId: 'heatlens',
        changed: ['client_name', 'redirect_uris'],
        endsGrants: false,
        by: 'operator',
      },
    ]);
  });

  it('is accepted once when two are made from the same state (RFC 9110 §13.1.1)', async () => {
    const { etag = '' } = (await read('heatlens')).headers;
    const send = (client_name: string) =>
      call(platform, `${path}?client_id=heatlens`, token, {
        method: 'PATCH',
        body: { client_name },
        headers: { 'if-match': etag },
      });
    const answers = await Promise.all([send('One'), send('Two'), send('Three')]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412, 412]);
    expect((await send('Four')).status).toBe(412);
  });

  it('leaves a disabled client disabled', async () => {
    await call(platform, `${path}?client_id=heatlens`, token, { method: 'DELETE' });
    const answer = await change('heatlens', { client_name: 'Heatlens Two' });
    expect(answer.json).toMatchObject({ client_name: 'Heatlens Two', status: 'disabled' });
  });
});

describe('what a change removes from a client ends at once:', () => {
  it('a refresh gives only the scopes that are left', async () => {
    const { refresh_token } = await obtainTokens(platform, {
      scope: 'openid buildings:read measurements:read',
    });
    await change('heatlens', { scope: 'openid measurements:read' });
    expect(tokensOf(await refresh(platform, refresh_token)).scope).toBe('openid measurements:read');
  });

  it('nothing is sent to a removed redirect URI, also for a request that was pushed before', async () => {
    const query = authorizeLink().slice('/authorize?'.length);
    const pushed = await platform.post(
      '/par',
      Object.fromEntries(new URLSearchParams(query)),
      'heatlens',
    );
    expect(pushed.status).toBe(201);
    await change('heatlens', { redirect_uris: [second] });
    for (const link of [
      authorizeLink(),
      `/authorize?client_id=heatlens&request_uri=${encodeURIComponent(String(pushed.json['request_uri']))}`,
    ])
      expect((await platform.browser().get(link)).status).toBe(400);
  });

  it('refresh tokens of a removed grant type no longer work', async () => {
    const { refresh_token } = await obtainTokens(platform);
    await change('heatlens', { grant_types: ['authorization_code'] });
    expect((await refresh(platform, refresh_token)).json['error']).toBe('unauthorized_client');
  });

  it('consents that were given without a question are asked for when the client loses its trust', async () => {
    const words = {
      client_id: 'portal',
      redirect_uri: 'https://portal.sunrise.example/callback',
      scope: 'openid buildings:read offline_access',
    };
    const { redirect_uri } = words;
    const code = await obtainCode(platform, words);
    const { refresh_token } = tokensOf(await redeem(platform, code, { redirect_uri }, 'portal'));
    const pending = await obtainCode(platform, words);
    const answer = await change('portal', {
      trust: 'third-party',
      grant_types: ['authorization_code', 'refresh_token'],
    });
    expect(answer.status).toBe(200);
    expect((await refresh(platform, refresh_token, {}, 'portal')).json['error']).toBe(
      'invalid_grant',
    );
    expect((await redeem(platform, pending, { redirect_uri }, 'portal')).json['error']).toBe(
      'invalid_grant',
    );
    const browser = platform.browser();
    await platform.signIn(browser, 'ada@example.com');
    expect((await browser.get(authorizeLink(words))).location.pathname).toBe('/consent');
  });
});

describe('the review of a client that registered itself', () => {
  it('makes it third-party: consents are remembered, and its developer can no longer change it', async () => {
    const registered = (await register(platform, webApp)).json;
    const id = remember(platform, registered);
    const reviewed = await change(id, { trust: 'third-party', scope: 'openid buildings:read' });
    expect(reviewed.json).toMatchObject({
      trust: 'third-party',
      origin: 'command',
      scope: 'openid buildings:read',
    });
    expect((await manage(platform, 'GET', registered)).status).toBe(401);
    const words = { client_id: id, redirect_uri: webApp.redirect_uris[0] };
    const code = await obtainCode(platform, words);
    const redeemed = await redeem(platform, code, { redirect_uri: webApp.redirect_uris[0] }, id);
    expect(tokensOf(redeemed).scope).toBe('openid buildings:read');
    const browser = platform.browser();
    await platform.signIn(browser, 'ada@example.com');
    expect((await browser.get(authorizeLink(words))).location.origin).toBe(
      'https://thermo.example',
    );
  });

  it('is not caused by a change of its name: its developer may still change what unverified clients may', async () => {
    const registered = (await register(platform, webApp)).json;
    const id = String(registered['client_id']);
    expect((await change(id, { client_name: 'Thermo Friend' })).json).toMatchObject({
      origin: 'registration',
    });
    expect((await manage(platform, 'GET', registered)).json).toMatchObject({
      client_name: 'Thermo Friend',
    });
    expect((await change(id, { scope: 'openid buildings:read' })).status).toBe(400);
  });
});

describe('what an administrator set for a client that registered itself', () => {
  it('stays when its developer replaces the registration (RFC 7592 §2.2)', async () => {
    const registered = (await register(platform, { ...webApp, scope: 'openid profile email' }))
      .json;
    const id = String(registered['client_id']);
    const said = {
      id_token_claims: 'from_scopes',
      publisher: 'Thermo Ltd',
      optional_scope: 'profile email',
      profile: 'oauth-2.1',
    };
    expect((await change(id, said)).json).toMatchObject(said);
    const body = { ...webApp, client_id: id, client_name: 'Thermo Two', scope: 'openid profile' };
    expect((await manage(platform, 'PUT', registered, body)).status).toBe(200);
    expect((await read(id)).json).toMatchObject({
      ...said,
      client_name: 'Thermo Two',
      scope: 'openid profile',
      // The optional scopes that the client still requests.
      optional_scope: 'profile',
    });
  });

  it('stays for a scope that its developer does not request at the moment', async () => {
    const scope = 'openid profile email';
    const registered = (await register(platform, { ...webApp, scope })).json;
    const id = String(registered['client_id']);
    await change(id, { optional_scope: 'profile email' });
    const put = (changes: object) =>
      manage(platform, 'PUT', registered, { ...webApp, client_id: id, ...changes });
    const without = await put({ scope: 'openid' });
    expect([without.status, without.json['optional_scope']]).toEqual([200, undefined]);
    expect((await read(id)).json).not.toHaveProperty('optional_scope');
    // An administrator who changes another member does not remove it either.
    expect((await change(id, { publisher: 'Thermo Ltd' })).status).toBe(200);
    expect((await put({ scope })).json).toMatchObject({ scope, optional_scope: 'profile email' });
    // An administrator who sets them again does.
    await put({ scope: 'openid profile' });
    expect((await change(id, { optional_scope: null })).status).toBe(200);
    expect((await put({ scope })).json).not.toHaveProperty('optional_scope');
  });

  it('is not overwritten by a replacement at the same time', async () => {
    const registered = (await register(platform, webApp)).json;
    const id = String(registered['client_id']);
    const { clients: store } = platform.store;
    const former = await store.load(id);
    if (former === undefined) throw new Error('no client');
    const load = store.load.bind(store);
    // An administrator changes the client between the read and the write of the replacement.
    let isFirst = true;
    store.load = async (wanted) => {
      const found = await load(wanted);
      if (wanted === id && isFirst) {
        isFirst = false;
        await store.update({ ...former, publisher: 'Thermo Ltd' }, former, false, 0);
      }
      return found;
    };
    const answer = await manage(platform, 'PUT', registered, {
      ...webApp,
      client_id: id,
      client_name: 'X',
    });
    store.load = load;
    expect(answer.status).toBe(409);
    expect(await store.load(id)).toMatchObject({
      publisher: 'Thermo Ltd',
      name: webApp.client_name,
    });
  });
});

describe('when a client changes its authentication method, its secrets', () => {
  const asks = (secret: string, id = 'heatlens') =>
    platform.post('/token', {
      grant_type: 'refresh_token',
      refresh_token: 'x',
      client_id: id,
      client_secret: secret,
    });
  const known = () => String(platform.secrets.get('heatlens'));

  it('stay if the new method uses them', async () => {
    const answer = await change('heatlens', { token_endpoint_auth_method: 'client_secret_post' });
    expect(answer.json).not.toHaveProperty('client_secret');
    expect((await asks(known())).json['error']).toBe('invalid_grant');
  });

  it('are replaced by a new one that is shown once if it signs with the secret, because only digests were stored', async () => {
    const answer = await change('heatlens', { token_endpoint_auth_method: 'client_secret_jwt' });
    expect(answer.json['client_secret']).toMatch(/^[\w-]{43}$/);
    expect(answer.headers['etag']).toBe((await read('heatlens')).headers['etag']);
    const client = await platform.store.clients.load('heatlens');
    expect(client?.secrets).toMatchObject([{ sealed: expect.any(String) as string }]);
  });

  it('are deleted if the new method needs none', async () => {
    const answer = await change('heatlens', {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://heatlens.example/jwks',
    });
    expect([answer.status, answer.json['secrets']]).toEqual([200, []]);
    expect((await asks(known())).json['error']).toBe('invalid_client');
    const back = await change('heatlens', { token_endpoint_auth_method: null, jwks_uri: null });
    expect((await asks(String(back.json['client_secret']))).json['error']).toBe('invalid_grant');
    expect((await asks(known())).json['error']).toBe('invalid_client');
  });
});

describe('after a change, the subjects of a pairwise client', () => {
  const moved = 'https://heatlens.cloud.example/callback';
  const sector = 'https://heatlens.example/sector.json';
  const subject = async (redirect_uri: string) => {
    const code = await obtainCode(platform, { redirect_uri });
    return claimsOf(tokensOf(await redeem(platform, code, { redirect_uri })).id_token)['sub'];
  };

  it.each([
    ['cannot be read', undefined],
    ['does not list the redirect URI', JSON.stringify(['https://bank.example/callback'])],
  ])(
    'are different from those of a sector that %s (OpenID Connect Registration §5)',
    async (_, list) => {
      if (list !== undefined) outside.site.set(sector, list);
      const pairwise = { subject_type: 'pairwise', sector_identifier_uri: sector };
      const refused = await change('heatlens', pairwise, '&subjects=change');
      const added = await call(platform, path, token, {
        body: {
          kind: 'web',
          trust: 'third-party',
          client_name: 'Roof Rental',
          redirect_uris: [callback],
          scope: 'openid',
          ...pairwise,
        },
      });
      for (const { status, json } of [refused, added])
        expect([status, json['error_description']]).toEqual([
          400,
          expect.stringContaining('sector_identifier_uri'),
        ]);
      expect((await read('heatlens')).json).not.toHaveProperty('sector_identifier_uri');
    },
  );

  it('are those of the stored sector, when the change does not touch it', async () => {
    outside.site.set(sector, JSON.stringify([callback]));
    const pairwise = { subject_type: 'pairwise', sector_identifier_uri: sector };
    expect((await change('heatlens', pairwise, '&subjects=change')).status).toBe(200);
    outside.site.delete(sector);
    // Its addresses were checked when they were registered.
    expect((await change('heatlens', { client_name: 'Heat' })).status).toBe(200);
    expect((await change('heatlens', { redirect_uris: [second] })).status).toBe(400);
  });

  it('do not change silently: another host needs a sector, or the caller must ask for the change', async () => {
    const publicSubject = await subject(callback);
    expect((await change('heatlens', { subject_type: 'pairwise' })).status).toBe(400);
    await change('heatlens', { subject_type: 'pairwise' }, '&subjects=change');
    const before = await subject(callback);
    expect(before).not.toBe(publicSubject);
    const refused = await change('heatlens', { redirect_uris: [moved] });
    expect([refused.status, refused.json['error_description']]).toEqual([
      400,
      expect.stringContaining('sector_identifier_uri'),
    ]);
    outside.site.set(sector, JSON.stringify([moved]));
    const kept = await change('heatlens', {
      redirect_uris: [moved],
      sector_identifier_uri: sector,
    });
    expect(kept.status).toBe(200);
    expect(await subject(moved)).toBe(before);
    const others = await change('heatlens', { sector_identifier_uri: null }, '&subjects=change');
    expect(others.status).toBe(200);
    expect(await subject(moved)).not.toBe(before);
  });
});
