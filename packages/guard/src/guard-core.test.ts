/** Each request uses all parts that concern it, and no others. */
import { deflateSync } from 'node:zlib';
import { generateDecryptionKey, type OutboundReply, signJwtSync } from '@keywright/jwt';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  Issuer as KeyIssuer,
  seal,
  signingKey,
  startedAt,
} from './api-keys/testing-parts/issuer.ts';
import type { RefusalEvent } from './answer.ts';
import { createFetchGuard } from './fetch-guard.ts';
import { createGuard } from './guard.ts';
import type { GuardOptions } from './options.ts';
import type { RouteOptions } from './route.ts';
import { ask as askRoute } from './testing-parts/ask.ts';
import { audience, createIssuer, issuer, present } from './testing-parts/fixture.ts';

const signer = await createIssuer();
const decryptionKey = generateDecryptionKey();
const client = { id: 'buildings api', secret: 'secret' };

function createWorld(options: Partial<GuardOptions> = {}) {
  const keys = new KeyIssuer();
  const events: RefusalEvent[] = [];
  const jwks = { keys: [signer.key.publicJwk, signingKey.publicJwk] };
  const guard = createGuard({
    issuer: { issuer, client, keys: { jwks } },
    audience,
    apiKeys: { decryptionKeys: [decryptionKey] },
    outbound: keys.outbound,
    clock: () => keys.now,
    onRefusal: (event) => events.push(event),
    ...options,
  });
  const key = keys.issue();
  const askAt = (
    authorization: string,
    route: RouteOptions<unknown> = { scope: 'buildings:read' },
  ) => askRoute(guard.route(route), present({ authorization }, '/buildings/1?x=2'));
  return { guard, keys, key, events, ask: askAt, sealed: () => seal(key, {}, decryptionKey) };
}

describe('API keys at a guard', () => {
  it('are accepted sealed, on every route', async () => {
    const { ask, sealed } = createWorld();
    const { access } = await ask(`ApiKey ${sealed()}`);
    expect(access?.caller).toMatchObject({
      kind: 'service',
      credential: 'api_key',
      issuer,
      clientId: 'collector',
    });
    expect((await ask(`apikey  ${sealed()}`)).status).toBe(200);
  });

  it('are accepted plain only if the route says so', async () => {
    const { ask, key } = createWorld();
    for (let n = 0; n < 3; n += 1) {
      expect((await ask(`ApiKey ${key.text}`, { plainApiKey: true })).status).toBe(200);
      const { status, reason, challenge } = await ask(`ApiKey ${key.text}`);
      expect([status, reason]).toEqual([401, 'api_key_plain']);
      expect(challenge).toContain(`ApiKey realm="${audience}", error="invalid_api_key"`);
    }
  });

  it('are ignored if the route does not accept them', async () => {
    const { guard, ask, sealed } = createWorld();
    const { reason, challenge } = await ask(`ApiKey ${sealed()}`, { apiKeys: false });
    expect(reason).toBe('token_missing');
    expect(challenge).not.toContain('ApiKey');
    const open = guard.route({ apiKeys: false, optional: true });
    const anonymous = await askRoute(open, present({ authorization: `ApiKey ${sealed()}` }));
    expect([anonymous.status, anonymous.access?.caller]).toEqual([200, undefined]);
  });

  it('need the scope, and never meet a requirement about the sign-in', async () => {
    const { ask, sealed } = createWorld();
    const { status, reason } = await ask(`ApiKey ${sealed()}`, { scope: 'buildings:write' });
    expect([status, reason]).toEqual([403, 'scope_insufficient']);
    const strict = { acr: ['mfa'] };
    expect((await ask(`ApiKey ${sealed()}`, strict)).reason).toBe('authentication_insufficient');
    const detail = { type: 'building', covers: () => true };
    expect((await ask(`ApiKey ${sealed()}`, { detail })).reason).toBe('detail_insufficient');
  });

  it('are not accepted as tokens, and tokens are not accepted as keys', async () => {
    const { ask, key, sealed } = createWorld();
    for (const header of [`Bearer ${key.text}`, `Bearer ${sealed()}`, `DPoP ${key.text}`]) {
      expect((await ask(header, { plainApiKey: true })).status).toBe(401);
    }
    for (const value of [signer.token(), '', 'a', 'kwk_', 'a.b.c.d.e']) {
      const { status, reason } = await ask(`ApiKey ${value}`, { plainApiKey: true });
      expect(status).toBe(401);
      expect(reason).toMatch(/^(api|sealed)_key_/);
    }
  });

  it('must be the only credential', async () => {
    const { guard, sealed } = createWorld();
    const headers = { authorization: `ApiKey ${sealed()}` };
    const form = new URLSearchParams({ access_token: signer.token() });
    expect((await askRoute(guard.route({}), present(headers, '/', 'POST'), form)).reason).toBe(
      'token_twice',
    );
    const both = { authorization: `ApiKey ${sealed()}, Bearer ${signer.token()}` };
    expect((await askRoute(guard.route({}), present(both))).reason).toBe('token_twice');
  });

  it('are compared with the address of the API', async () => {
    const { sealed, ask } = createWorld({ baseUrl: `${audience}/v1` });
    expect((await ask(`ApiKey ${sealed()}`)).reason).toBe('sealed_key_misplaced');
  });

  it('make the API publish its sealing keys (RFC 9728 §2, jwks_uri)', () => {
    const { guard } = createWorld();
    const metadata = JSON.parse(
      guard.wellKnown('/.well-known/oauth-protected-resource')!.body,
    ) as object;
    expect(metadata).toMatchObject({ jwks_uri: `${audience}/.well-known/jwks.json` });
    const found = guard.wellKnown('/.well-known/jwks.json')!;
    expect(found.headers['content-type']).toBe('application/jwk-set+json');
    const { keys } = JSON.parse(found.body) as { keys: Record<string, unknown>[] };
    expect(keys).toMatchObject([{ use: 'enc', alg: 'ECDH-ES', x: decryptionKey['x'] }]);
    expect(keys[0]).not.toHaveProperty('d');
    expect(guard.wellKnown('/.well-known/openid-configuration')).toBeUndefined();
  });

  it('that are refused are in the log with their client', async () => {
    const { keys, ask, events } = createWorld();
    const key = keys.issue({ exp: startedAt / 1000 + 10 });
    keys.pass(10);
    const text = seal(key, { iat: startedAt / 1000 + 10 }, decryptionKey);
    expect((await ask(`ApiKey ${text}`)).reason).toBe('api_key_expired');
    expect(events).toMatchObject([
      { subject: 'collector', clientId: 'collector', tokenId: key.id },
    ]);
  });

  it('are unknown to a guard that is not configured for them', async () => {
    const { ask, sealed, guard } = createWorld({ apiKeys: undefined as never });
    expect((await ask(`ApiKey ${sealed()}`)).reason).toBe('token_missing');
    expect(guard.wellKnown('/.well-known/jwks.json')).toBeUndefined();
  });
});

describe('the status of a token at a guard', () => {
  const uri = `${issuer}/status-lists/1`;
  const key = {
    kid: signer.key.kid,
    algorithm: 'ES256',
    privateKey: signer.key.privateKey,
  } as const;

  function createListed() {
    let ended = 0;
    let isDown = false;
    const fetched: string[] = [];
    const { keys } = createWorld();
    const send = async (url: string): Promise<OutboundReply> => {
      fetched.push(url);
      if (isDown) throw new Error('down');
      const lst = deflateSync(Buffer.from([ended, 0])).toString('base64url');
      const iat = Math.floor(keys.now / 1000);
      const claims = {
        iss: issuer,
        sub: uri,
        iat,
        exp: iat + 300,
        ttl: 5,
        status_list: { bits: 1, lst },
      };
      const text = signJwtSync(key, 'statuslist+jwt', claims);
      return { status: 200, text, etag: undefined, maxAgeSeconds: undefined };
    };
    const world = createWorld({
      outbound: { ...keys.outbound, send },
      apiKeys: undefined as never,
      clock: () => keys.now,
      status: { staleSeconds: 60 },
    });
    const end = (idx: number) => {
      ended |= 1 << idx;
    };
    const stop = () => {
      isDown = true;
    };
    return { ...world, keys, fetched, end, stop };
  }
  const listed = (idx: number) => signer.token({ status: { status_list: { uri, idx } } });

  it('is checked at every request, for a known and an unknown token', async () => {
    const { ask, keys, end } = createListed();
    const [one, two] = [listed(1), listed(2)];
    for (const token of [one, two, one, two, one, two])
      expect((await ask(`Bearer ${token}`)).status).toBe(200);
    end(1);
    keys.pass(5);
    for (let n = 0; n < 3; n += 1) {
      expect((await ask(`Bearer ${one}`)).reason).toBe('token_ended');
      expect((await ask(`Bearer ${two}`)).status).toBe(200);
    }
  });

  it('is in the log with the owner of the ended token', async () => {
    const { events, ask, end } = createListed();
    end(1);
    await ask(`Bearer ${listed(1)}`);
    const who = { subject: 'usr_ada', clientId: 'heatlens', tokenId: 'token-1', issuer };
    expect(events).toMatchObject([{ reason: 'token_ended', path: '/buildings/1', ...who }]);
  });

  it('refuses the token if the last copy of the list is too old', async () => {
    const { ask, keys, stop } = createListed();
    await ask(`Bearer ${listed(1)}`);
    stop();
    keys.pass(59);
    expect((await ask(`Bearer ${listed(1)}`)).status).toBe(200);
    keys.pass(2);
    const { status, reason, challenge } = await ask(`Bearer ${listed(1)}`);
    expect([status, reason, challenge]).toEqual([503, 'status_unavailable', undefined]);
  });

  it('is not checked for a token that names no list', async () => {
    const { ask, fetched } = createListed();
    for (let n = 0; n < 3; n += 1) expect((await ask(`Bearer ${signer.token()}`)).status).toBe(200);
    expect(fetched).toEqual([]);
  });

  it.each([
    null,
    'valid',
    1,
    [],
    {},
    { status_list: null },
    { status_list: {} },
    { status_list: { uri } },
    { status_list: { uri, idx: -1 } },
    { status_list: { uri, idx: 0.5 } },
    { status_list: { uri, idx: '0' } },
    { status_list: { uri: 7, idx: 0 } },
    { status_list: [uri, 0] },
  ])('that cannot be parsed makes the token invalid: %j', async (status) => {
    const { ask, fetched } = createListed();
    expect((await ask(`Bearer ${signer.token({ status })}`)).reason).toBe('token_malformed');
    expect(fetched).toEqual([]);
  });
});

describe('a log that is down', () => {
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('the log is down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the log is down'))],
  ])('and %s changes no answer, and does not end the process', async (_name, tell) => {
    const unhandled = vi.fn<(reason: unknown) => void>();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const { ask, keys, sealed, key } = createWorld({ onRefusal: tell, onFailed: tell });
    expect((await ask('Bearer nonsense')).reason).toBe('token_malformed');
    expect((await ask(`ApiKey ${sealed()}`)).status).toBe(200);
    keys.isDown = true;
    // The time is first before and then after that of the request.
    for (const seconds of [2.5, 300]) {
      keys.pass(seconds);
      await ask(`ApiKey ${key.text}`, { plainApiKey: true });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await ask(`ApiKey ${key.text}`, { plainApiKey: true })).reason).toBe(
      'api_keys_unavailable',
    );
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('the guard for web-standard requests alone', () => {
  const guard = createFetchGuard({
    issuer,
    audience,
    keys: { jwks: { keys: [signer.key.publicJwk] } },
    clock: () => startedAt,
  });

  it('gives the same results as the full guard', async () => {
    const handler = guard.fetch(
      { scope: 'buildings:read' },
      (_request, { caller }) => new Response(caller.subject),
    );
    const request = (authorization: string) =>
      new Request(`${audience}/a`, { headers: { authorization } });
    expect(await (await handler(request(`Bearer ${signer.token()}`))).text()).toBe('usr_ada');
    const refused = await handler(request('Bearer nonsense'));
    expect([refused.status, refused.headers.get('www-authenticate')?.slice(0, 7)]).toEqual([
      401,
      'Bearer ',
    ]);
    expect(guard.wellKnown('/.well-known/oauth-protected-resource')?.status).toBe(200);
  });

  it('refuses options about API keys', () => {
    const options = { issuer, audience, apiKeys: { decryptionKeys: [decryptionKey] } };
    expect(() => createFetchGuard(options)).toThrow('apiKeys: for createGuard.');
  });
});

describe('invalid options', () => {
  const good: GuardOptions = { issuer, audience };
  const apiKeys = { decryptionKeys: [decryptionKey] };

  it.each<[string, object, RegExp]>([
    [
      'a misspelt name',
      { senderConstraint: 'required' },
      /^senderConstraint: no such option; the nearest is senderConstrained\.$/m,
    ],
    [
      'a misspelt name of an issuer',
      { issuer: { issuer, dangerouslyAllowUntyped: true } },
      /^dangerouslyAllowUntyped: no/,
    ],
    ['no issuer', { issuer: [] }, /^issuer: at least one/],
    ['one issuer twice', { issuer: [issuer, { issuer }] }, /^issuer: each only once/],
    ['keys of nobody', { issuer: [issuer], keys: { jwks: { keys: [] } } }, /^keys: /],
    ['a base address that is none', { baseUrl: 'api.example' }, /^baseUrl: /],
    ['a base address with a query', { baseUrl: 'https://api.example?x' }, /^baseUrl: /],
    [
      'a misspelt name of DPoP',
      { dpop: { require: true } },
      /^dpop.require: no such option; the nearest is required\.$/m,
    ],
    [
      'a misspelt name of the certificate',
      { certificate: { name: 'a' } },
      /^certificate.name: no such option/,
    ],
    [
      'a misspelt name of the status',
      { status: { staleSecond: 1 } },
      /^status.staleSecond: no such option/,
    ],
    [
      'a misspelt name of the metadata',
      { metadata: { scope: [] } },
      /^metadata.scope: no such option/,
    ],
    [
      'a misspelt name of introspection',
      { issuer: { issuer, client, introspect: { cacheSecond: 1 } } },
      /^introspect.cacheSecond: no such option/,
    ],
    [
      'DPoP that is required by a text',
      { dpop: { required: 'true' } },
      /^dpop.required: true or false/,
    ],
    [
      'a short secret',
      { dpop: { nonceSecret: 'x'.repeat(31) } },
      /^dpop.nonceSecret: 32 random bytes/,
    ],
    [
      'no secret',
      { dpop: { nonceSecret: '' } },
      /^dpop.nonceSecret: missing or empty. Expected: 32 random bytes/,
    ],
    // Then no token would ever be too old.
    [
      'a tolerance that is no number',
      { clockToleranceSeconds: Number.NaN },
      /^clockToleranceSeconds: a number/,
    ],
    [
      'a tolerance without an end',
      { clockToleranceSeconds: Infinity },
      /^clockToleranceSeconds: a number/,
    ],
    ['a tolerance as text', { clockToleranceSeconds: '5' }, /^clockToleranceSeconds: a number/],
    ['a negative tolerance', { clockToleranceSeconds: -1 }, /^clockToleranceSeconds: a number/],
    ['a cache without a bound', { cacheEntries: Number.NaN }, /^cacheEntries: a number/],
    ['a form without a bound', { maxFormBytes: Number.NaN }, /^maxFormBytes: a number/],
    [
      'a status that is never stale',
      { status: { staleSeconds: Infinity } },
      /^status.staleSeconds: a number/,
    ],
    [
      'keys that are never stale',
      { issuer: { issuer, keysStaleSeconds: Number.NaN } },
      /^keysStaleSeconds: a number/,
    ],
    [
      'an answer that is never stale',
      { issuer: { issuer, client, introspect: { cacheSeconds: Infinity } } },
      /^introspect.cacheSeconds: a number/,
    ],
    [
      'keys over http',
      { issuer: { issuer, keys: { jwksUri: 'http://issuer.example/jwks' } } },
      /^jwksUri: https; over http only on this host, or with dangerouslyAllowHttpIssuer/,
    ],
    ['keys that are nowhere', { keys: { jwksUri: '/jwks' } }, /^jwksUri: https/],
    [
      'a secret over http',
      { issuer: { issuer, client, introspect: { endpoint: 'http://issuer.example/introspect' } } },
      /^endpoint: https; over http only on this host/,
    ],
    ['DPoP without an address', { audience: 'urn:api', dpop: { required: true } }, /^dpop: /],
    ['a constraint that is none', { senderConstrained: true }, /^senderConstrained: /],
    ['an invalid proxy', { certificate: { header: 'a', trustedProxies: ['proxy'] } }, /^proxy: /],
    ['API keys without a client', { apiKeys }, /^apiKeys: /],
    [
      'API keys of two clients',
      {
        apiKeys,
        issuer: [
          { issuer, client },
          { issuer: 'https://b.example', client },
        ],
      },
      /^apiKeys: /,
    ],
    [
      'API keys without an address',
      { apiKeys, audience: 'urn:api', issuer: { issuer, client } },
      /^apiKeys: /,
    ],
  ])('are refused: %s', (_name, options, message) => {
    const create = () => createGuard({ ...good, ...options });
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });

  it.each<[string, object]>([
    ['http on this host', { keys: { jwksUri: 'http://127.0.0.1:3000/jwks' } }],
    [
      'http that is allowed by name',
      { keys: { jwksUri: 'http://keys.internal/jwks' }, dangerouslyAllowHttpIssuer: true },
    ],
    [
      'zeros',
      { clockToleranceSeconds: 0, cacheEntries: 0, maxFormBytes: 0, status: { staleSeconds: 0 } },
    ],
    ['a secret of bytes', { dpop: { required: false, nonceSecret: new Uint8Array(32) } }],
  ])('do not include: %s', (_name, options) => {
    expect(() => createGuard({ ...good, ...options })).not.toThrow();
  });

  it('are reported all at once', () => {
    const options = { issuer: 'issuer', audience: '', baseUrl: 'x', wrong: 1 } as GuardOptions;
    const names = ['wrong', 'issuer', 'audience', 'baseUrl'];
    for (const name of names)
      expect(() => createGuard(options)).toThrow(new RegExp(`^${name}: `, 'm'));
  });
});
