/** The endpoints of the flows with invalid input: the error of the RFC, and no other effect. */
import { rotateKeys } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  ada,
  allow,
  buildings,
  createSunrise,
  headerOf,
  obtainTokens,
  refresh,
} from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

describe('discovery (RFC 8414, OpenID Connect Discovery)', () => {
  it('is the same document at both addresses, and each endpoint in it answers', async () => {
    const openid = await platform.get('/.well-known/openid-configuration');
    expect((await platform.get('/.well-known/oauth-authorization-server')).body).toBe(openid.body);
    expect(openid.json).toMatchObject({
      issuer: platform.issuer,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      response_types_supported: ['code', 'token', 'id_token', 'id_token token'],
      request_uri_parameter_supported: false,
    });
    const endpoints = Object.entries(openid.json).filter(([name]) =>
      /_endpoint$|^jwks_uri$/.test(name),
    );
    expect(endpoints).toHaveLength(11);
    for (const [, address] of endpoints)
      expect((await platform.get(new URL(address as string).pathname)).status).not.toBe(404);
  });

  it('of an issuer with a path is where RFC 8414 §3.1 says, and below the path for OpenID Connect', async () => {
    await platform.close();
    platform = await createSunrise({ issuer: 'https://as.example/tenant' });
    for (const path of [
      '/.well-known/oauth-authorization-server/tenant',
      '/tenant/.well-known/openid-configuration',
    ])
      expect((await platform.get(path)).json['token_endpoint']).toBe(
        'https://as.example/tenant/token',
      );
    expect((await platform.get('/token')).status).toBe(404);
    expect((await platform.browser().get('/tenant/account')).location.pathname).toBe(
      '/tenant/sign-in',
    );
  });
});

describe('the address for changing a password (W3C, A Well-Known URL for Changing Passwords)', () => {
  it.each([
    ['https://as.example', '/.well-known/change-password', '/account/password'],
    ['https://as.example/tenant', '/.well-known/change-password', '/tenant/account/password'],
    [
      'https://as.example/tenant',
      '/tenant/.well-known/change-password',
      '/tenant/account/password',
    ],
  ])('redirects: at %s, %s leads to %s', async (issuer, path, to) => {
    await platform.close();
    platform = await createSunrise({ issuer });
    const { status, location } = await platform.browser().get(path);
    expect([status, location.pathname]).toEqual([303, to]);
  });
});

describe('the published keys:', () => {
  it('there are an ES256 and an RS256 key, and no private member', async () => {
    const { keys } = (await platform.get('/jwks')).json as { keys: Record<string, unknown>[] };
    expect(new Set(keys.map((key) => key['alg']))).toEqual(new Set(['ES256', 'RS256']));
    for (const key of keys)
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'])
        expect(key).not.toHaveProperty(member);
    expect((await platform.get('/jwks')).headers['cache-control']).toBe('public, max-age=300');
  });

  it('they are also at /.well-known/jwks.json, for programs that read no metadata', async () => {
    const named = await platform.get('/jwks');
    const guessed = await platform.get('/.well-known/jwks.json');
    expect([guessed.status, guessed.body]).toEqual([200, named.body]);
    expect(guessed.headers).toEqual(named.headers);
  });

  it('a key never signs if a newer one came while it waited', async () => {
    await rotateKeys(platform.ports, { algorithms: ['ES256'] });
    platform.clock.advance(60);
    const [urgent] = await rotateKeys(platform.ports, { algorithms: ['ES256'], leadSeconds: 0 });
    platform.clock.advance(400);
    expect(headerOf((await obtainTokens(platform)).access_token)['kid']).toBe(urgent?.kid);
  });

  it('a withdrawn key is not published any more, and its signatures are refused', async () => {
    const { access_token } = await obtainTokens(platform);
    await rotateKeys(platform.ports, { algorithms: ['ES256'] });
    const [urgent] = await rotateKeys(platform.ports, { algorithms: ['ES256'], withdraw: true });
    platform.clock.advance(6);
    const { keys } = (await platform.get('/jwks')).json as { keys: { kid: string; alg: string }[] };
    expect(keys.filter(({ alg }) => alg === 'ES256').map(({ kid }) => kid)).toEqual([urgent?.kid]);
    const bearer = { authorization: `Bearer ${access_token}` };
    expect((await platform.get('/userinfo', bearer)).status).toBe(401);
    expect(headerOf((await obtainTokens(platform)).access_token)['kid']).toBe(urgent?.kid);
  });

  it('a withdrawal counts at once, also when the clock of the node that made the key was ahead', async () => {
    const ahead = { nowSeconds: () => platform.clock.nowSeconds() + 60 };
    const ports = { ...platform.ports, clock: ahead };
    const [urgent] = await rotateKeys(ports, { algorithms: ['ES256'], withdraw: true });
    platform.clock.advance(6);
    const { keys } = (await platform.get('/jwks')).json as { keys: { kid: string; alg: string }[] };
    expect(keys.filter(({ alg }) => alg === 'ES256').map(({ kid }) => kid)).toEqual([urgent?.kid]);
    expect(headerOf((await obtainTokens(platform)).access_token)['kid']).toBe(urgent?.kid);
  });

  it('the newest key signs, also when the clock of the node that made it was behind', async () => {
    await rotateKeys(platform.ports, { algorithms: ['ES256'], leadSeconds: 0 });
    const behind = { nowSeconds: () => platform.clock.nowSeconds() - 100 };
    const ports = { ...platform.ports, clock: behind };
    const [newest] = await rotateKeys(ports, { algorithms: ['ES256'], leadSeconds: 0 });
    platform.clock.advance(6);
    expect(headerOf((await obtainTokens(platform)).access_token)['kid']).toBe(newest?.kid);
  });

  it('a new key is published before it signs, and the former stays until its last token expired', async () => {
    const kids = async () =>
      ((await platform.get('/jwks')).json as { keys: { kid: string }[] }).keys.map(
        (key) => key.kid,
      );
    const kidOf = (token: string) =>
      (
        JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as {
          kid: string;
        }
      ).kid;
    const former = kidOf((await obtainTokens(platform)).access_token);
    await rotateKeys(platform.ports, { algorithms: ['ES256'] });
    expect(await kids()).toHaveLength(3);
    expect(kidOf((await obtainTokens(platform)).access_token)).toBe(former);
    platform.clock.advance(361);
    const { access_token } = await obtainTokens(platform);
    expect(kidOf(access_token)).not.toBe(former);
    expect(await kids()).toContain(former);
    platform.clock.advance(3901);
    expect(await kids()).not.toContain(former);
  });
});

describe('userinfo (OpenID Connect Core §5.3)', () => {
  it('gives the claims of the scopes, by GET and POST, with the token in a header or a form', async () => {
    const { access_token } = await obtainTokens(platform, { scope: 'openid email buildings:read' });
    const expected = { sub: platform.accounts.get(ada)?.id, email: ada, email_verified: true };
    const authorization = `Bearer ${access_token}`;
    expect((await platform.get('/userinfo', { authorization })).json).toEqual(expected);
    expect((await platform.browser().post('/userinfo', '', { authorization })).json).toEqual(
      expected,
    );
    expect((await platform.post('/userinfo', { access_token })).json).toEqual(expected);
  });

  it('answers 401 with a challenge: no error code without a token (RFC 6750 §3.1), invalid_token for a bad one', async () => {
    const none = await platform.get('/userinfo');
    expect([none.status, none.headers['www-authenticate']]).toEqual([
      401,
      expect.stringMatching(/^Bearer realm="https:\/\/as\.example", DPoP algs="[\w -]+"$/),
    ]);
    for (const token of ['x', 'a.b.c', '', 'é'])
      expect(
        (await platform.get('/userinfo', { authorization: `Bearer ${token}` })).headers[
          'www-authenticate'
        ],
      ).toContain('error="invalid_token"');
    const { access_token, id_token, refresh_token } = await obtainTokens(platform);
    for (const token of [id_token, refresh_token])
      expect((await platform.get('/userinfo', { authorization: `Bearer ${token}` })).status).toBe(
        401,
      );
    platform.clock.advance(600);
    const late = await platform.get('/userinfo', { authorization: `Bearer ${access_token}` });
    expect(late.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it('answers 403 insufficient_scope without openid, 400 for two tokens or one in the query', async () => {
    const { access_token } = await obtainTokens(platform, { scope: 'buildings:read' });
    const authorization = `Bearer ${access_token}`;
    const known = await platform.get('/userinfo', { authorization });
    expect([known.status, known.json['error']]).toEqual([403, 'insufficient_scope']);
    expect(known.headers['www-authenticate']).toContain('scope="openid"');
    expect(
      (await platform.browser().post('/userinfo', { access_token }, { authorization })).status,
    ).toBe(400);
    expect((await platform.get(`/userinfo?access_token=${access_token}`)).status).toBe(400);
  });
});

describe('introspection (RFC 7662)', () => {
  it('tells the API’s own service the state of the token', async () => {
    const { access_token } = await obtainTokens(platform);
    const { json } = await platform.post('/introspect', { token: access_token }, 'buildings-api');
    expect(json).toMatchObject({
      active: true,
      client_id: 'heatlens',
      aud: buildings,
      scope: 'openid buildings:read',
      token_type: 'Bearer',
    });
  });

  it('tells a client about its own tokens, and no client about those of another (§2.2)', async () => {
    const { access_token, refresh_token } = await obtainTokens(platform);
    for (const token of [access_token, refresh_token]) {
      expect((await platform.post('/introspect', { token }, 'heatlens')).json['active']).toBe(true);
      for (const other of ['portal', 'collector'])
        expect((await platform.post('/introspect', { token }, other)).json).toEqual({
          active: false,
        });
    }
    expect(
      (await platform.post('/introspect', { token: refresh_token }, 'buildings-api')).json,
    ).toEqual({
      active: false,
    });
  });

  it('requires authentication, which a public client cannot do', async () => {
    const { access_token } = await obtainTokens(platform);
    expect((await platform.post('/introspect', { token: access_token })).status).toBe(401);
    expect((await platform.post('/introspect', { token: access_token }, 'native')).status).toBe(
      401,
    );
  });

  it.each(['x', 'a.b.c', 'x'.repeat(20_000), 'fam_x.y'])(
    'of a text that is no token is inactive, without an error',
    async (token) => {
      expect((await platform.post('/introspect', { token }, 'buildings-api')).json).toEqual({
        active: false,
      });
    },
  );
});

describe('revocation (RFC 7009)', () => {
  it('of a refresh token ends its family', async () => {
    const { refresh_token, access_token } = await obtainTokens(platform);
    const answer = await platform.post(
      '/revoke',
      { token: refresh_token, token_type_hint: 'access_token' },
      'heatlens',
    );
    expect([answer.status, answer.body]).toEqual([200, '']);
    expect((await refresh(platform, refresh_token)).json['error']).toBe('invalid_grant');
    expect(
      (await platform.get('/userinfo', { authorization: `Bearer ${access_token}` })).status,
    ).toBe(401);
  });

  it('of a JWT access token is answered with unsupported_token_type (§2.2.1)', async () => {
    const { access_token } = await obtainTokens(platform);
    const answer = await platform.post('/revoke', { token: access_token }, 'heatlens');
    expect([answer.status, answer.json['error']]).toEqual([400, 'unsupported_token_type']);
  });

  it('of another client’s token has no effect, and reveals nothing', async () => {
    const { refresh_token, access_token } = await obtainTokens(platform);
    for (const token of [refresh_token, access_token, 'nonsense'])
      expect((await platform.post('/revoke', { token }, 'portal')).status).toBe(200);
    expect((await refresh(platform, refresh_token)).status).toBe(200);
  });
});

describe('with invalid input,', () => {
  const at = (path: string) =>
    platform.post(path, { grant_type: 'client_credentials' }, 'collector');

  it('unknown paths are 404 with any method and body', async () => {
    for (const path of [
      '/nothing',
      '/token/',
      '//token',
      '/token;x=1',
      '/token%2f',
      '/TOKEN',
      '/token.',
      '/.well-known/',
      '/__proto__',
      '/constructor',
    ])
      expect((await at(path)).status).toBe(404);
  });

  it('unknown methods are 405 with Allow', async () => {
    const got = await platform.get('/token');
    expect([got.status, got.headers['allow']]).toEqual([405, 'POST, OPTIONS']);
    const posted = await at('/jwks');
    expect([posted.status, posted.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect((await at('/account')).headers['allow']).toBe('GET, HEAD');
  });

  it('wrong content types, repeated parameters, bad encodings, NULs and queries are invalid_request', async () => {
    const pair = `collector:${platform.secrets.get('collector')}`;
    const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    const send = (path: string, body: string, type = 'application/x-www-form-urlencoded') =>
      platform.browser().post(path, body, { authorization, 'content-type': type });
    const good = 'grant_type=client_credentials';
    const answers = [
      await send('/token', '{"grant_type":"client_credentials"}', 'application/json'),
      await send('/token', good, 'text/plain'),
      await send('/token', good, ''),
      await send('/token', `${good}&${good}`),
      await send('/token', `${good}&x=1&x=2`),
      await send('/token', `${good}&scope=%zz`),
      await send('/token', `${good}&scope=%ff`),
      await send('/token', `${good}&scope=a%00b`),
      await send('/token', 'x=1'),
      await send('/token', 'grant_type='),
      await send('/token?grant_type=client_credentials', good),
      await send('/token', Array.from({ length: 500 }, (_, i) => `p${i}=1`).join('&')),
    ];
    for (const answer of answers)
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request']);
    expect((await send('/token', 'grant_type=magic')).json['error']).toBe('unsupported_grant_type');
    expect((await send('/token', 'grant_type=__proto__')).json['error']).toBe(
      'unsupported_grant_type',
    );
    expect((await send('/token', good)).status).toBe(200);
  });

  it('a parameter without a value counts as absent (RFC 6749 §3.1)', async () => {
    const answer = await platform.post(
      '/token',
      { grant_type: 'client_credentials', scope: '', x: '' },
      'collector',
    );
    expect(answer.status).toBe(200);
  });

  it('a fault of the server is server_error without details, and a fault of the store is 503 with Retry-After', async () => {
    for (const [name, status] of [
      ['Error', 500],
      ['StoreUnavailableError', 503],
    ] as const) {
      await platform.close();
      platform = await createSunrise({
        ports: ({ store }) => ({
          store: {
            ...store,
            codes: {
              ...store.codes,
              load: () => Promise.reject(Object.assign(new Error('SELECT secret'), { name })),
            },
          },
        }),
      });
      const form = { grant_type: 'authorization_code', code: 'x' };
      const answer = await platform.post('/token', form, 'heatlens');
      expect(answer.status).toBe(status);
      expect(answer.body).not.toContain('SELECT');
      expect(platform.events.at(-1)?.type).toBe('fault');
    }
  });

  it('a HEAD request has the headers of its GET, so that the HTTP server can state the length', async () => {
    const head = await platform.server.handle({
      method: 'HEAD',
      path: '/jwks',
      query: '',
      headers: {},
      body: '',
      remoteAddress: '192.0.2.1',
    });
    const got = await platform.get('/jwks');
    expect([head.status, head.headers, head.body]).toEqual([200, got.headers, got.body]);
  });
});

describe('CORS (Fetch §3.2)', () => {
  it('is allowed where browsers need it and no cookie is used', async () => {
    for (const path of ['/jwks', '/.well-known/openid-configuration'])
      expect((await platform.get(path)).headers['access-control-allow-origin']).toBe('*');
    for (const path of ['/token', '/revoke', '/userinfo']) {
      const preflight = await platform.server.handle({
        method: 'OPTIONS',
        path,
        query: '',
        headers: { origin: 'https://spa.example' },
        body: '',
        remoteAddress: '',
      });
      expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([
        204,
        '*',
      ]);
      expect((await platform.post(path, {})).headers['access-control-allow-origin']).toBe('*');
    }
  });

  it('is not allowed for pages', async () => {
    expect((await platform.post('/introspect', {})).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
    for (const path of ['/authorize', '/sign-in', '/consent', '/account']) {
      const preflight = await platform.server.handle({
        method: 'OPTIONS',
        path,
        query: '',
        headers: {},
        body: '',
        remoteAddress: '',
      });
      expect(preflight.status).toBe(405);
      expect(preflight.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });
});

describe('the log of the server', () => {
  it('never contains a secret, a code, a token or a password', async () => {
    await allow(platform);
    const tokens = await obtainTokens(platform);
    const second = await refresh(platform, tokens.refresh_token);
    await platform.post(
      '/token',
      { grant_type: 'password', username: ada, password: 'wrong horse' },
      'portal',
    );
    const log = JSON.stringify(platform.events);
    for (const secret of [
      ...platform.secrets.values(),
      tokens.access_token,
      tokens.refresh_token,
      second.json['refresh_token'] as string,
      'wrong horse',
      'correct horse',
    ])
      expect(log).not.toContain(secret);
  });

  it('contains each refusal with the id that the page shows', async () => {
    const answer = await platform.browser().get('/authorize?client_id=nobody');
    const id = answer.decision;
    expect(platform.events.find((event) => event['decision'] === id)).toMatchObject({
      type: 'refused',
      reason: 'client_unknown',
    });
  });
});
