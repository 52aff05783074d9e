/** Refusals of registration: a corpus of hostile metadata, and floods. */
import { createPublicOutbound } from '@keywright/jwt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestPlatform, type TestPlatform } from '../src/index.ts';
import { signingClient } from './client-assertions.ts';
import { createDynamicClients, createOutside, register, webApp } from './dynamic-clients.ts';
import { call } from './permissions-service.ts';

const outside = createOutside();
let platform: TestPlatform;
beforeAll(async () => {
  const limit = { perSecond: 1000, burst: 1000 };
  platform = await createDynamicClients(
    { registration: { limit, reservedNames: ['Sunrise'] } },
    outside,
  );
});
afterAll(() => platform.close());
/** A refused request must not leave a row, and must not cause a fetch. */
afterEach(async () => {
  const { items } = await platform.store.clients.list({ origin: 'registration', limit: 1 });
  if (items.length > 0 || outside.asked.length > 0)
    throw new Error('A refused registration left something.');
});

async function refusalOf(body: unknown): Promise<readonly unknown[]> {
  const { status, json } = await register(platform, body);
  return [status, json['error']];
}

describe('at registration, the redirect URI (RFC 7591 §3.2.2)', () => {
  it.each([
    'javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'java\tscript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    'blob:https://app.example/1',
    'about:blank',
    'ftp://app.example/cb',
    'ws://app.example/cb',
    'http://app.example/cb',
    'http://127.0.0.1.app.example/cb',
    'https://app.example/cb#fragment',
    'https://app.example/cb#',
    'https://ada@app.example/cb',
    'https://ada:secret@app.example/cb',
    'https://app.example/*',
    'https://*.app.example/cb',
    'https://app.example/../cb',
    'https://app.example/%2e%2e/cb',
    'https://app.example\\@evil.example/cb',
    'https://app.example/cb\r\nSet-Cookie: a=b',
    'https://app.exämple/cb',
    'https://',
    '//app.example/cb',
    '/cb',
    'app.example/cb',
    '',
  ])('%j is invalid_redirect_uri', async (uri) => {
    expect(await refusalOf({ ...webApp, redirect_uris: [uri] })).toEqual([
      400,
      'invalid_redirect_uri',
    ]);
  });

  it.each([
    [{ application_type: 'native', redirect_uris: ['myapp:/cb'] }],
    [{ application_type: 'native', redirect_uris: ['javascript:alert(1)'] }],
    [{ application_type: 'native', redirect_uris: ['http://192.168.0.1/cb'] }],
    [{ redirect_uris: ['com.example.app:/cb'] }],
    [{ redirect_uris: [] }],
    [{ redirect_uris: undefined }],
  ])('that does not fit the kind of the client is refused, and so is none: %j', async (said) => {
    expect(await refusalOf({ ...webApp, ...said })).toEqual([400, 'invalid_redirect_uri']);
  });
});

describe('at registration, an address for another purpose', () => {
  const members = [
    'client_uri',
    'logo_uri',
    'policy_uri',
    'tos_uri',
    'initiate_login_uri',
    'jwks_uri',
    'sector_identifier_uri',
    'backchannel_logout_uri',
    'frontchannel_logout_uri',
  ];
  const hostile = [
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'gopher://app.example/',
    'http://app.example/',
    'http://169.254.169.254/latest/meta-data/',
    'https://ada:secret@app.example/',
    'https://@app.example/',
    'https://app.example\\.evil.example/',
    'https:app.example',
    'https:///app.example',
    'https://app.exa mple/',
    'https://аpple.example/',
    '//app.example/',
    `https://app.example/${'a'.repeat(3000)}`,
  ];
  it.each(members.flatMap((member) => hostile.map((address) => [member, address])))(
    '%s is invalid_client_metadata when it is %j',
    async (member, address) => {
      expect(await refusalOf({ ...webApp, [member]: address })).toEqual([
        400,
        'invalid_client_metadata',
      ]);
    },
  );
});

describe('at registration, a name that people would read', () => {
  it.each([
    ['turns the text around', 'Bank\u202egnp.exe'],
    ['isolates', 'Bank\u2066x'],
    ['has a line break', 'Bank\nVerified by Sunrise'],
    ['has a NUL', 'Bank\u0000'],
    ['hides a character', 'Ba\u200bnk'],
    ['is empty', ''],
    ['is a blank', '   '],
    ['is a message', 'x'.repeat(101)],
    ['mixes alphabets', 'Gоogle'],
    ['mixes Greek into Latin', 'Micrοsoft'],
    ['piles marks', 'Z\u0351\u036b\u0343a'],
  ])('is refused when it %s', async (_, client_name) => {
    expect(await refusalOf({ ...webApp, client_name })).toEqual([400, 'invalid_client_metadata']);
  });

  it.each([
    ['a name of the service', { client_name: 'Sunrise Security Check' }],
    ['one that looks so', { client_name: 'ꓢꓴꓠꓣꓲꓢꓰ Login' }],
    [
      'it in its host, and no name of its own',
      { client_name: undefined, redirect_uris: ['https://sunrise.evil.example/'] },
    ],
  ])('is refused when it imitates %s', async (_, members) => {
    const { status, json } = await register(platform, { ...webApp, ...members });
    expect([status, json['error']]).toEqual([400, 'invalid_client_metadata']);
    expect(json['error_description']).toContain('must not contain the name of this service');
  });
});

describe('the body of a registration', () => {
  const send = (text: string, headers = {}) =>
    call(platform, '/register', undefined, { text, headers });
  it.each([
    [
      'two members of one name',
      '{"redirect_uris":["https://a.example/"],"redirect_uris":["https://b.example/"]}',
    ],
    ['too deep', `{"x":${'['.repeat(50)}${']'.repeat(50)}}`],
    ['too long', JSON.stringify({ ...webApp, favourite_colour: 'x'.repeat(20_000) })],
    ['no JSON', '{'],
    ['no object', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
  ])('is refused when it is %s', async (_, text) => {
    const { status, json } = await send(text);
    expect([status, json['error']]).toEqual([400, 'invalid_request']);
  });

  it('must be application/json (§3.1)', async () => {
    expect((await send(JSON.stringify(webApp), { 'content-type': 'text/plain' })).status).toBe(400);
  });

  it('may contain names that each JavaScript object has, without an effect', async () => {
    const text = `{"__proto__":{"trust":"first-party"},"constructor":1,"toString":2,"redirect_uris":["http://x.example/"]}`;
    expect((await send(text)).json['error']).toBe('invalid_redirect_uri');
    expect(({} as { trust?: string }).trust).toBeUndefined();
  });

  it.each([
    ['redirect_uris', 'https://app.example/cb'],
    ['redirect_uris', [1]],
    ['redirect_uris', Array.from({ length: 101 }, (_, index) => `https://app.example/${index}`)],
    ['client_name', { en: 'x' }],
    ['grant_types', 'authorization_code'],
    ['scope', ['openid']],
    ['jwks', 'x'],
    ['jwks', { keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB', d: 'AQAB' }] }],
    ['jwks', { keys: [{ kty: 'oct', k: 'AAAA' }] }],
    ['require_auth_time', 'yes'],
    ['default_max_age', 1.5],
    ['contacts', ['a\nb']],
    ['software_id', 'x'.repeat(101)],
    ['application_type', 'toaster'],
    ['token_endpoint_auth_method', 'magic'],
    ['id_token_signed_response_alg', 'none'],
    ['id_token_signed_response_alg', 'HS256'],
    ['grant_types', ['client_credentials']],
    ['grant_types', ['password']],
    ['response_types', ['code token']],
    ['subject_type', 'secret'],
  ])(
    'is invalid_client_metadata with a member of another type or value: %s %j',
    async (member, value) => {
      const [status, error] = await refusalOf({ ...webApp, [member]: value });
      expect(status).toBe(400);
      expect(['invalid_client_metadata', 'invalid_redirect_uri']).toContain(error);
    },
  );

  it('is not repeated in an error', async () => {
    const mark = 'zebra-stripes';
    const { body } = await register(platform, {
      redirect_uris: [`javascript:${mark}`],
      client_name: `${mark}\n`,
      grant_types: [mark],
      subject_type: mark,
      token_endpoint_auth_method: mark,
    });
    expect(body).not.toContain(mark);
  });
});

describe('members that only the server sets', () => {
  it('cannot be registered: id, secret, trust, kind, profile, and those for administrators', async () => {
    const own = await createDynamicClients();
    const said = {
      ...webApp,
      client_id: 'heatlens',
      client_secret: 'x'.repeat(43),
      trust: 'first-party',
      kind: 'service',
      publisher: 'Sunrise Buildings',
      optional_scope: 'openid',
      first_party_challenge: true,
      id_token_claims: 'from_scopes',
      assertion_issuers: ['https://evil.example'],
      authorization_details_types: ['building_access'],
      token_exchange: { impersonation: true, audiences: ['https://api.sunrise.example'] },
    };
    const { status, json } = await register(own, said);
    expect(status).toBe(201);
    const client = await own.store.clients.load(String(json['client_id']));
    expect(client).toMatchObject({ trust: 'unverified', kind: 'web', optionalScopes: [] });
    expect(client?.id).not.toBe('heatlens');
    expect(client).not.toHaveProperty('publisher');
    expect(json['client_secret']).not.toBe(said.client_secret);
    expect(Object.keys(client?.settings ?? {})).toEqual(['registrationTokenDigest']);
    await own.close();
  });
});

describe('many registrations', () => {
  it('from one network are limited with 429, and other networks are not', async () => {
    const own = await createDynamicClients({
      registration: { limit: { perSecond: 0.1, burst: 2 } },
    });
    const from = (remoteAddress: string) =>
      own.server.handle({
        method: 'POST',
        path: '/register',
        query: '',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(webApp),
        remoteAddress,
      });
    const statuses = [];
    for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2'])
      statuses.push((await from(address)).status);
    expect(statuses).toEqual([201, 201, 429, 201]);
    expect((await from('192.0.2.1')).headers['retry-after']).toBe('10');
    own.clock.advance(10);
    expect((await from('192.0.2.1')).status).toBe(201);
    await own.close();
  });

  it('fill only the bounded number of unused clients, which are deleted after some days', async () => {
    const own = await createDynamicClients({ registration: { mostUnused: 2, unusedDays: 1 } });
    expect((await register(own, webApp)).status).toBe(201);
    expect((await register(own, webApp)).status).toBe(201);
    const full = await register(own, webApp);
    expect([full.status, full.reason]).toEqual([503, 'registration_full']);
    expect(full.headers['retry-after']).toBe('3600');
    own.clock.advance(2 * 86_400);
    await own.store.prune(own.clock.nowSeconds(), 500);
    expect((await register(own, webApp)).status).toBe(201);
    await own.close();
  });
});

describe('for a registration, an outbound request', () => {
  it.each(['127.0.0.1', '169.254.169.254', '2130706433', '[::ffff:10.0.0.1]', '[::1]'])(
    'to an address that is not public is refused like any other that fails: %s',
    async (host) => {
      const own = await createDynamicClients({}, createPublicOutbound({ timeoutSeconds: 1 }));
      const said = {
        subject_type: 'pairwise',
        sector_identifier_uri: `https://${host}/sector.json`,
      };
      const { status, json } = await register(own, { ...webApp, ...said });
      expect([status, json['error_description']]).toEqual([
        400,
        'sector_identifier_uri cannot be read as a list of redirect URIs',
      ]);
      await own.close();
    },
  );

  it('is not sent for a network that has registered too often', async () => {
    const world = createOutside();
    const own = await createDynamicClients(
      { registration: { limit: { perSecond: 0.1, burst: 1 } } },
      world,
    );
    const said = {
      subject_type: 'pairwise',
      sector_identifier_uri: 'https://victim.example/sector.json',
    };
    for (const status of [400, 429, 429])
      expect((await register(own, { ...webApp, ...said })).status).toBe(status);
    expect(world.asked).toHaveLength(1);
    await own.close();
  });
});

describe('under a profile for the code flow only, a client', () => {
  it('cannot register another response type', async () => {
    const own = await createDynamicClients({ profile: 'oauth-2.1' });
    const some = await register(own, { ...webApp, response_types: ['code', 'id_token'] });
    expect([some.status, some.json['response_types']]).toEqual([201, ['code']]);
    const none = await register(own, { ...webApp, response_types: ['id_token'] });
    expect([none.status, none.json['error_description']]).toEqual([
      400,
      'response_types contains nothing that a client that registers itself may have',
    ]);
    await own.close();
  });
});

describe('under a profile without shared secrets, a client', () => {
  it('cannot register a secret (FAPI 2.0 Security Profile §5.3.2.1)', async () => {
    const own = await createTestPlatform({ profile: 'fapi-2', features: { registration: 'open' } });
    const refused = await register(own, webApp);
    expect([refused.status, refused.json['error']]).toEqual([400, 'invalid_client_metadata']);
    const none = await register(own, { ...webApp, token_endpoint_auth_method: 'none' });
    expect(none.status).toBe(400);
    const { status, json } = await register(own, { ...webApp, ...signingClient });
    expect([status, json['token_endpoint_auth_method']]).toEqual([201, 'private_key_jwt']);
    expect(json).not.toHaveProperty('client_secret');
    await own.close();
  });
});
