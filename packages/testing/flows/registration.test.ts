/** Dynamic client registration (RFC 7591; OpenID Connect Registration 1.0). */
import { generateSigningKey, signJwtSync } from '@keywright/jwt';
import { makeInitialToken } from '@keywright/core';
import { afterEach, describe, expect, it } from 'vitest';
import { readForm, type TestPlatform, type TestPlatformOptions } from '../src/index.ts';
import {
  createDynamicClients,
  createOutside,
  manage,
  register,
  remember,
  webApp,
} from './dynamic-clients.ts';
import { ada, allow, authorizeLink, obtainCode, redeem, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
afterEach(() => platform.close());

async function open(options: TestPlatformOptions = {}, outside = createOutside()): Promise<void> {
  platform = await createDynamicClients(options, outside);
}

describe('registering a client (RFC 7591 §3.1)', () => {
  it('answers 201 with an id, a secret that does not expire, and all registered members (§3.2.1)', async () => {
    await open();
    const answer = await register(platform, webApp);
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
    expect(answer.json).toMatchObject({
      client_id: expect.stringMatching(/^cli_/) as string,
      client_secret: expect.stringMatching(/^[\w-]{43}$/) as string,
      client_secret_expires_at: 0,
      client_id_issued_at: platform.clock.nowSeconds(),
      registration_client_uri: `https://as.example/register/${String(answer.json['client_id'])}`,
      registration_access_token: expect.stringMatching(/^[\w-]{43}$/) as string,
      ...webApp,
    });
  });

  it('stores only digests of the secret and of the registration access token', async () => {
    await open();
    const { json } = await register(platform, webApp);
    const stored = JSON.stringify(await platform.store.clients.load(String(json['client_id'])));
    expect(stored).not.toContain(json['client_secret']);
    expect(stored).not.toContain(json['registration_access_token']);
    expect(JSON.stringify(platform.events)).not.toContain(json['registration_access_token']);
  });

  it('applies the defaults of §2: client_secret_basic, authorization_code, code; RS256 of OpenID Registration §2', async () => {
    await open();
    expect((await register(platform, webApp)).json).toMatchObject({
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'web',
      id_token_signed_response_alg: 'RS256',
    });
  });

  it('ignores unknown members, and takes null as left out (§2, RFC 7592 §2.2)', async () => {
    await open();
    const body = {
      ...webApp,
      favourite_colour: 'teal',
      'client_name#de': 'Thermofreund',
      client_uri: null,
    };
    const { status, json } = await register(platform, body);
    expect(status).toBe(201);
    for (const name of ['favourite_colour', 'client_name#de', 'client_uri'])
      expect(json).not.toHaveProperty(name);
  });

  it('leaves out the algorithm of assertions that its method does not use, because idpyoidc sends all that it supports (§2)', async () => {
    await open();
    const { status, json } = await register(platform, {
      ...webApp,
      token_endpoint_auth_signing_alg: 'RS256',
    });
    expect([status, json['token_endpoint_auth_method']]).toEqual([201, 'client_secret_basic']);
    expect(json).not.toHaveProperty('token_endpoint_auth_signing_alg');
  });

  it('stores the texts for people, and the software that the client uses', async () => {
    await open();
    const people = {
      client_uri: 'https://thermo.example/',
      logo_uri: 'https://thermo.example/logo.png',
      policy_uri: 'https://thermo.example/privacy',
      tos_uri: 'https://thermo.example/terms',
      initiate_login_uri: 'https://thermo.example/start',
      contacts: ['ops@thermo.example'],
      software_id: '4NRB1-0XZABZI9E6-5SM3R',
      software_version: '2.1',
    };
    expect((await register(platform, { ...webApp, ...people })).json).toMatchObject(people);
  });

  it.each([
    [{ application_type: 'native', redirect_uris: ['com.example.app:/cb'] }, 'native', 'none'],
    [
      { token_endpoint_auth_method: 'none', redirect_uris: ['http://127.0.0.1/cb'] },
      'native',
      'none',
    ],
    [{ token_endpoint_auth_method: 'none' }, 'browser', 'none'],
    [{ token_endpoint_auth_method: 'client_secret_post' }, 'web', 'client_secret_post'],
    [{ grant_types: ['authorization_code', 'refresh_token'] }, 'web', 'client_secret_basic'],
  ])('finds the kind by the members: %j is %s', async (said, kind, method) => {
    await open();
    const { json } = await register(platform, { ...webApp, ...said });
    expect(json['token_endpoint_auth_method']).toBe(method);
    expect('client_secret' in json).toBe(method !== 'none');
    expect(await platform.store.clients.load(String(json['client_id']))).toMatchObject({
      kind,
      trust: 'unverified',
      origin: 'registration',
    });
  });

  it.each([
    [{}, ['invalid_grant', 'invalid_grant']],
    [{ token_endpoint_auth_method: 'client_secret_basic' }, ['invalid_grant', 'invalid_client']],
    [{ token_endpoint_auth_method: 'client_secret_post' }, ['invalid_client', 'invalid_grant']],
  ])(
    'allows the secret by Basic and in the form when no method was named (§2): %j gets %j',
    async (said, heard) => {
      await open();
      const { json } = await register(platform, { ...webApp, ...said });
      const id = remember(platform, json);
      const form = {
        grant_type: 'authorization_code',
        code: 'made-up',
        redirect_uri: 'https://thermo.example/callback',
      };
      const byBasic = await platform.post('/token', form, id);
      const inForm = await platform.post('/token', {
        ...form,
        client_id: id,
        client_secret: String(json['client_secret']),
      });
      expect([byBasic, inForm].map((answer) => answer.json['error'])).toEqual(heard);
    },
  );

  it('replaces requested values by allowed ones, and the answer shows them (§2)', async () => {
    await open();
    const { json } = await register(platform, {
      ...webApp,
      scope: 'openid buildings:read permissions:write profile',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
    });
    expect(json).toMatchObject({
      scope: 'openid profile',
      grant_types: ['authorization_code', 'refresh_token'],
    });
  });

  it('leaves out response types that no page uses, and those of a grant type that is left out (§2)', async () => {
    await open();
    const { json } = await register(platform, {
      ...webApp,
      grant_types: ['authorization_code', 'implicit', 'refresh_token'],
      response_types: ['code', 'id_token token', 'token id_token code', 'code id_token'],
    });
    expect(json).toMatchObject({
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    });
  });

  it('names a client without a name by the host of its redirect URI', async () => {
    await open();
    const { redirect_uris } = webApp;
    expect((await register(platform, { redirect_uris })).json['client_name']).toBe(
      'thermo.example',
    );
  });

  it('allows more scopes where the operator named them, and never those of the administration', async () => {
    await open({ registration: { scopes: ['openid', 'buildings:read', 'clients:write'] } });
    expect((await register(platform, webApp)).json['scope']).toBe('openid buildings:read');
  });

  it('allows all scopes in the profile mcp, where a client registers with the scope of the first challenge (§2)', async () => {
    await open({
      profile: 'mcp',
      registration: { scopes: ['openid', 'profile', 'buildings:read'] },
    });
    const { json } = await register(platform, { ...webApp, scope: 'buildings:read' });
    expect(json['scope']).toBe('openid profile buildings:read');
    const replacement = { ...webApp, client_id: json['client_id'], scope: 'openid' };
    expect((await manage(platform, 'PUT', json, replacement)).json['scope']).toBe(json['scope']);
  });
});

describe('a client that registered itself', () => {
  it('completes the flow, and the consent page warns about it every time', async () => {
    await open();
    const { json } = await register(platform, webApp);
    const client_id = remember(platform, json);
    const words = {
      client_id,
      redirect_uri: webApp.redirect_uris[0],
      scope: 'openid profile',
      resource: undefined,
    };
    const browser = platform.browser();
    const tokens = tokensOf(
      await redeem(
        platform,
        await obtainCode(platform, words, browser),
        { redirect_uri: webApp.redirect_uris[0] },
        client_id,
      ),
    );
    expect(
      JSON.parse(Buffer.from(tokens.id_token.split('.')[0] ?? '', 'base64url').toString()),
    ).toMatchObject({
      alg: 'RS256',
    });
    const again = await browser.get((await browser.get(authorizeLink(words))).location.href);
    expect(again.json).toMatchObject({
      page: 'consent',
      client: { trust: 'unverified', name: 'Thermo Buddy' },
    });
    expect(again.headers['content-security-policy']).toContain("img-src 'self' data:");
  });

  it('is shown with links to its policy and its terms of service', async () => {
    await open();
    const policy_uri = 'https://thermo.example/privacy';
    const { json } = await register(platform, { ...webApp, policy_uri });
    const browser = platform.browser();
    const words = {
      client_id: String(json['client_id']),
      redirect_uri: webApp.redirect_uris[0],
      scope: 'openid',
    };
    const signedIn = await platform.signIn(
      browser,
      ada,
      (await browser.get(authorizeLink(words))).location,
    );
    const page = await browser.get(signedIn.location.href);
    expect(page.json['client']).toMatchObject({ links: { policy: policy_uri } });
    expect(readForm(page)).toHaveProperty('csrf');
  });
});

describe('a client that registers in the profile of the OpenID certification', () => {
  const certification: TestPlatformOptions = {
    profile: 'oidc-certification',
    features: {},
    registration: { trust: 'third-party' },
  };

  it('gets each scope of OpenID Connect, and its consent is remembered', async () => {
    platform = await createDynamicClients({ ...certification, features: { registration: 'open' } });
    const { json } = await register(platform, webApp);
    for (const scope of ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])
      expect(String(json['scope']).split(' ')).toContain(scope);
    const client_id = remember(platform, json);
    const words = { client_id, redirect_uri: webApp.redirect_uris[0], scope: 'openid' };
    const browser = platform.browser();
    await allow(platform, words, browser);
    expect((await browser.get(authorizeLink(words))).location.origin).toBe(
      'https://thermo.example',
    );
  });

  it('gets the implicit and hybrid flows as a web application, which the test plans need', async () => {
    platform = await createDynamicClients({ ...certification, features: { registration: 'open' } });
    for (const [grant_types, response_types] of [
      [['implicit'], ['id_token token']],
      [['authorization_code', 'implicit'], ['code id_token token']],
    ])
      expect(
        (await register(platform, { ...webApp, grant_types, response_types })).json,
      ).toMatchObject({
        grant_types,
        response_types,
        token_endpoint_auth_method: 'client_secret_basic',
      });
  });

  it('gets neither flow when it is unverified', async () => {
    platform = await createDynamicClients({ profile: 'oidc-certification' });
    const said = { ...webApp, grant_types: ['authorization_code', 'implicit'] };
    expect((await register(platform, said)).json['grant_types']).toEqual(['authorization_code']);
  });

  it('may register what the suite registers: keys, signed userinfo, request URIs, hybrid response types', async () => {
    platform = await createDynamicClients({ ...certification, features: { registration: 'open' } });
    const said = {
      ...webApp,
      grant_types: ['authorization_code', 'implicit'],
      response_types: ['code id_token'],
      jwks_uri: 'https://suite.example/jwks',
      subject_type: 'public',
      userinfo_signed_response_alg: 'RS256',
      default_max_age: 3600,
      require_auth_time: true,
      post_logout_redirect_uris: ['https://thermo.example/bye'],
    };
    const { status, json } = await register(platform, said);
    expect(status).toBe(201);
    const { grant_types: _, ...others } = said;
    expect(json).toMatchObject(others);
  });
});

describe('a sector of several hosts (OpenID Connect Registration §5)', () => {
  const sector_identifier_uri = 'https://thermo.example/sector.json';

  it('is accepted when its document lists each redirect URI', async () => {
    const outside = createOutside(
      new Map([[sector_identifier_uri, JSON.stringify(webApp.redirect_uris)]]),
    );
    await open({}, outside);
    const said = { ...webApp, subject_type: 'pairwise', sector_identifier_uri };
    expect((await register(platform, said)).json).toMatchObject({ sector_identifier_uri });
    expect(outside.asked).toEqual([sector_identifier_uri]);
  });

  it.each([['["https://other.example/"]'], ['{}'], ['no JSON']])(
    'is refused when it does not list them: %s',
    async (text) => {
      await open({}, createOutside(new Map([[sector_identifier_uri, text]])));
      const answer = await register(platform, {
        ...webApp,
        subject_type: 'pairwise',
        sector_identifier_uri,
      });
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_client_metadata']);
    },
  );
});

describe('initial access tokens (RFC 7591 §3)', () => {
  const closed = { features: { registration: 'initial-token' } } as const;
  const make = (uses = 1, expiresInSeconds = 3600) =>
    makeInitialToken(platform.ports, { uses, expiresInSeconds }).token;

  it('allow a registration where others cannot register, for a number of uses', async () => {
    await open(closed);
    const token = make(2);
    expect((await register(platform, webApp, token)).status).toBe(201);
    expect((await register(platform, webApp, token)).status).toBe(201);
    const third = await register(platform, webApp, token);
    expect([third.status, third.json['error']]).toEqual([401, 'invalid_token']);
  });

  it('are not spent by a registration that is refused', async () => {
    await open(closed);
    const token = make();
    expect((await register(platform, { redirect_uris: ['http://x.example/'] }, token)).status).toBe(
      400,
    );
    expect((await register(platform, webApp, token)).status).toBe(201);
  });

  it('are spent once by many uses at the same time', async () => {
    await open(closed);
    const token = make(3);
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => register(platform, webApp, token)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
  });

  it('expire', async () => {
    await open(closed);
    const token = make(1, 60);
    platform.clock.advance(60);
    expect((await register(platform, webApp, token)).status).toBe(401);
  });

  it('are asked for with a challenge, and are accepted in no address', async () => {
    await open(closed);
    const answer = await register(platform, webApp);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="https://as.example"');
    expect(answer.json).not.toHaveProperty('error');
    const made = await register(platform, webApp, 'made-up');
    expect(made.headers['www-authenticate']).toContain('error="invalid_token"');
  });
});

const { privateKey, publicJwk, kid } = await generateSigningKey('ES256');

describe('software statements (RFC 7591 §2.3)', () => {
  const issuer = 'https://directory.example';
  const sign = (claims: object, typ = 'JWT') =>
    signJwtSync({ kid, algorithm: 'ES256', privateKey }, typ, { iss: issuer, ...claims });
  const trusting = {
    registration: { statementIssuers: [{ issuer, jwks: { keys: [publicJwk] } }] },
  };

  it('override what the client sends, and are in the answer unchanged (§3.2.1)', async () => {
    await open(trusting);
    const software_statement = sign({ client_name: 'Certified App', software_id: 'app-1' });
    const { status, json } = await register(platform, {
      ...webApp,
      software_statement,
      software_id: 'mine',
    });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      client_name: 'Certified App',
      software_id: 'app-1',
      software_statement,
    });
  });

  it('limit the scopes also where the members of the client do not (the profile mcp)', async () => {
    await open({
      profile: 'mcp',
      registration: { ...trusting.registration, scopes: ['openid', 'buildings:read'] },
    });
    const software_statement = sign({ scope: 'buildings:read' });
    const { json } = await register(platform, { ...webApp, scope: 'openid', software_statement });
    expect(json['scope']).toBe('buildings:read');
  });

  it.each([
    ['left out', {}],
    ['null', { software_statement: null }],
  ])(
    'still apply when the registration is replaced and they are %s (RFC 7592 §2.2)',
    async (_, said) => {
      await open(trusting);
      const exp = platform.clock.nowSeconds() + 60;
      const software_statement = sign({ client_name: 'Certified App', software_id: 'app-1', exp });
      const registered = (await register(platform, { ...webApp, software_statement })).json;
      // The expiry of the statement does not give the client a choice.
      platform.clock.advance(120);
      const own = {
        client_id: registered['client_id'],
        client_name: 'Sunrise Bank',
        software_id: 'mine',
      };
      const replaced = await manage(platform, 'PUT', registered, {
        ...webApp,
        ...own,
        ...said,
        client_uri: 'https://thermo.example/',
      });
      expect(replaced.status).toBe(200);
      expect(replaced.json).toMatchObject({
        client_name: 'Certified App',
        software_id: 'app-1',
        software_statement,
        client_uri: 'https://thermo.example/',
      });
      expect((await manage(platform, 'GET', registered)).json).toEqual(replaced.json);
    },
  );

  it('can be replaced by another one of a trusted issuer only', async () => {
    await open(trusting);
    const first = sign({ client_name: 'Certified App', software_id: 'app-1' });
    const registered = (await register(platform, { ...webApp, software_statement: first })).json;
    const body = { ...webApp, client_id: registered['client_id'], software_id: 'mine' };
    const wrong = { ...body, software_statement: `${first.slice(0, -4)}AAAA` };
    expect((await manage(platform, 'PUT', registered, wrong)).json['error']).toBe(
      'invalid_software_statement',
    );
    const second = sign({ client_name: 'Certified App 2' });
    const replaced = await manage(platform, 'PUT', registered, {
      ...body,
      software_statement: second,
    });
    expect(replaced.json).toMatchObject({
      client_name: 'Certified App 2',
      software_id: 'mine',
      software_statement: second,
    });
  });

  it('may name this server as the audience', async () => {
    await open(trusting);
    const software_statement = sign({ aud: ['https://as.example', 'https://other.example'] });
    expect((await register(platform, { ...webApp, software_statement })).status).toBe(201);
  });

  it('of an issuer that is not trusted are unapproved_software_statement', async () => {
    await open(trusting);
    const software_statement = sign({ iss: 'https://other.example' });
    const answer = await register(platform, { ...webApp, software_statement });
    expect([answer.status, answer.json['error']]).toEqual([400, 'unapproved_software_statement']);
  });

  it.each([
    ['no JWT at all', () => 'statement'],
    ['no text', () => 7],
    ['a signature of another', () => `${sign({}).slice(0, -4)}AAAA`],
    ['one that has expired', () => sign({ exp: 1000 })],
    ['a token of another type', () => sign({}, 'at+jwt')],
    ['one for another server (RFC 7519 §4.1.3)', () => sign({ aud: ['https://other.example'] })],
    ['one for nobody', () => sign({ aud: [] })],
  ])('that are wrong are invalid_software_statement: %s', async (_, make) => {
    await open(trusting);
    const answer = await register(platform, { ...webApp, software_statement: make() });
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_software_statement']);
  });
});

describe('a single-page application', () => {
  it('may register itself from its own page, because no cookie is used', async () => {
    await open();
    const asked = await platform.server.handle({
      method: 'OPTIONS',
      path: '/register',
      query: '',
      headers: { origin: 'https://thermo.example' },
      body: '',
      remoteAddress: '192.0.2.1',
    });
    expect([asked.status, asked.headers['access-control-allow-origin']]).toEqual([204, '*']);
    const answer = await register(platform, { ...webApp, token_endpoint_auth_method: 'none' });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });
});

describe('the metadata of the server about registration', () => {
  it('names the registration endpoint exactly when it is on', async () => {
    await open();
    const on = (await platform.get('/.well-known/openid-configuration')).json;
    expect(on['registration_endpoint']).toBe('https://as.example/register');
    await platform.close();
    await open({ features: { registration: 'off' } });
    expect((await platform.get('/.well-known/openid-configuration')).json).not.toHaveProperty(
      'registration_endpoint',
    );
    expect((await register(platform, webApp)).status).toBe(404);
  });
});
