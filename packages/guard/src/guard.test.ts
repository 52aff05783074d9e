import {
  type GeneratedKey,
  generateSigningKey,
  JwtError,
  type Outbound,
  type OutboundFetch,
} from '@keywright/jwt';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  audience,
  createGuardFixture,
  createIssuer,
  issuer,
  present,
  startedAt,
} from './testing-parts/fixture.ts';
import { createGuard, type GuardOptions } from './guard.ts';
import { GuardRefusal } from './guard-refusal.ts';

const one = await createIssuer();
const two = await createIssuer();
const header = (token: string) => present({ authorization: `Bearer ${token}` });

async function reasonOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'accepted';
  } catch (error) {
    if (error instanceof JwtError || error instanceof GuardRefusal) return error.reason;
    throw error;
  }
}

describe('a known token', () => {
  it('is accepted at once, without a promise', async () => {
    const { guard } = createGuardFixture([one.key]);
    const route = guard.route({ scope: 'buildings:read' });
    const credentials = header(one.token());
    await route.admit(credentials, {});
    for (let n = 0; n < 3; n += 1)
      expect(route.admit(credentials, {})).toMatchObject({ caller: { subject: 'usr_ada' } });
  });

  it.each([1, 2, 3])(
    'is refused after it expired, although it was accepted %i times',
    async (times) => {
      const { guard, pass } = createGuardFixture([one.key]);
      const credentials = header(one.token());
      for (let n = 0; n < times; n += 1) await guard.authenticate(credentials);
      pass(604);
      expect(await reasonOf(() => guard.authenticate(credentials))).toBe('accepted');
      pass(1);
      expect(await reasonOf(() => guard.authenticate(credentials))).toBe('token_expired');
    },
  );

  it('is checked again by each route', async () => {
    const { guard } = createGuardFixture([one.key]);
    const credentials = header(one.token());
    const [read, write] = ['buildings:read', 'buildings:write'].map((scope) =>
      guard.route({ scope }),
    );
    for (let n = 0; n < 3; n += 1) {
      expect(await reasonOf(() => read?.admit(credentials, {}))).toBe('accepted');
      expect(await reasonOf(() => write?.admit(credentials, {}))).toBe('scope_insufficient');
    }
  });

  it('ignores a jti that is not a text', async () => {
    const { guard } = createDiscovering();
    const caller = await guard.authenticate(header(one.token({ jti: 7 })));
    expect(caller.tokenId).toBeUndefined();
  });

  it('gives each route the same caller, which no route can change', async () => {
    const { guard } = createGuardFixture([one.key]);
    const caller = await guard.authenticate(header(one.token({ details: { deep: [1] } })));
    const claims = caller.claims as { details: { deep: number[] } };
    expect(() => (caller.scopes as Set<string>).add('admin')).toThrow(TypeError);
    expect(() => Object.assign(caller, { subject: 'usr_bob' })).toThrow(TypeError);
    expect(() => claims.details.deep.push(2)).toThrow(TypeError);
  });

  it.each([0, 1, 2])(
    'is checked again when %i entries are too few, with the same answer',
    async (cacheEntries) => {
      const { guard } = createGuardFixture([one.key], { cacheEntries });
      const tokens = Array.from({ length: 5 }, (_, n) => one.token({ sub: `usr_${n}` }));
      for (const round of [1, 2, 3]) {
        for (const [n, token] of tokens.entries()) {
          const { subject } = await guard.authenticate(header(token));
          expect(subject, `round ${round}`).toBe(`usr_${n}`);
        }
      }
    },
  );
});

let published: GeneratedKey[];
let fetched: string[];
let isDown: boolean;
let metadata: Record<string, unknown>;

beforeEach(() => {
  published = [one.key];
  fetched = [];
  isDown = false;
  metadata = { issuer, jwks_uri: `${issuer}/jwks` };
});

const outboundOf = (fetchJson: OutboundFetch): Outbound => ({
  fetchJson,
  send: async () => Promise.reject(new Error('nothing is sent here')),
});

const fetch: OutboundFetch = async (url) => {
  fetched.push(url.replace(issuer, ''));
  if (isDown) throw new Error('down');
  const body = url.endsWith('/jwks')
    ? { keys: published.map(({ publicJwk }) => publicJwk) }
    : metadata;
  return { body, maxAgeSeconds: undefined };
};

/** A guard that finds its keys by metadata. */
function createDiscovering(options: Partial<GuardOptions> = {}) {
  let now = startedAt;
  const guard = createGuard({
    issuer,
    audience,
    outbound: outboundOf(fetch),
    clock: () => now,
    ...options,
  });
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  const ask = (token: string) => reasonOf(() => guard.authenticate(header(token)));
  return { guard, pass, ask };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));
const discovery = '/.well-known/openid-configuration';

describe('the keys of an issuer', () => {
  it('are found by its metadata, when the first token arrives', async () => {
    const { ask } = createDiscovering();
    expect(fetched).toEqual([]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => ask(one.token({ jti: `${n}` }))),
    );
    expect(new Set(answers)).toEqual(new Set(['accepted']));
    expect(fetched).toEqual([discovery, '/jwks']);
  });

  it('are found by the metadata of RFC 8414 if there is no other', async () => {
    const { ask } = createDiscovering({
      issuer: `${issuer}/tenant`,
      outbound: outboundOf(async (url) => {
        if (url.endsWith('openid-configuration')) throw new Error('404');
        if (url.endsWith('/jwks')) return fetch(url);
        expect(url).toBe(`${issuer}/.well-known/oauth-authorization-server/tenant`);
        return {
          body: { issuer: `${issuer}/tenant`, jwks_uri: `${issuer}/jwks` },
          maxAgeSeconds: undefined,
        };
      }),
    });
    expect(await ask(one.token({ iss: `${issuer}/tenant` }))).toBe('accepted');
  });

  it.each([
    ['of another issuer', { issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks` }],
    ['without issuer', { jwks_uri: `${issuer}/jwks` }],
    ['without jwks_uri', { issuer }],
    ['with keys over http', { issuer, jwks_uri: 'http://issuer.example/jwks' }],
    ['with keys in a file', { issuer, jwks_uri: 'file:///jwks' }],
  ])('are not read from metadata %s (RFC 8414 §3.3)', async (_name, wrong) => {
    metadata = wrong;
    const failures: unknown[] = [];
    const { ask } = createDiscovering({ onFailed: (error) => failures.push(error) });
    expect(await ask(one.token())).toBe('keys_unavailable');
    expect(failures).toHaveLength(1);
    expect(fetched).not.toContain('/jwks');
  });

  it('may be at a configured address', async () => {
    const { ask } = createDiscovering({ keys: { jwksUri: `${issuer}/jwks` } });
    expect(await ask(one.token())).toBe('accepted');
    expect(fetched).toEqual(['/jwks']);
  });

  it('are fetched again for a token of a new key', async () => {
    const { ask, pass } = createDiscovering();
    await ask(one.token());
    published = [one.key, two.key];
    pass(10);
    expect(await ask(two.token())).toBe('accepted');
    expect(fetched).toEqual([discovery, '/jwks', '/jwks']);
  });

  it('are fetched at most once in an interval during a flood of unknown keys', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const { ask, pass } = createDiscovering();
    await ask(one.token());
    pass(10);
    const flood = Array.from({ length: 200 }, (_, n) => two.token({ jti: `${n}` }));
    const answers = Promise.all(flood.map(ask));
    for (let turn = 0; turn < 5; turn += 1) await settle();
    expect(fetched).toEqual([discovery, '/jwks', '/jwks']);
    expect(await ask(one.token())).toBe('accepted');
    pass(2);
    vi.runAllTimers();
    vi.useRealTimers();
    expect(new Set(await answers)).toEqual(new Set(['token_signature_wrong']));
    expect(fetched).toEqual([discovery, '/jwks', '/jwks', '/jwks']);
  });

  it('end accepted tokens when their key is withdrawn', async () => {
    const { ask, pass } = createDiscovering();
    const token = one.token();
    for (let n = 0; n < 3; n += 1) expect(await ask(token)).toBe('accepted');
    published = [two.key];
    pass(299);
    await ask(token);
    await settle();
    expect(await ask(token)).toBe('token_signature_wrong');
  });

  it('end accepted tokens when another key gets the name of their key', async () => {
    const { ask, pass } = createDiscovering();
    const token = one.token();
    for (let n = 0; n < 3; n += 1) await ask(token);
    published = [{ ...two.key, publicJwk: { ...two.key.publicJwk, kid: one.key.kid } }];
    pass(299);
    await ask(token);
    await settle();
    expect(await ask(token)).toBe('token_signature_wrong');
  });

  it('keep accepted tokens when other keys are added and removed', async () => {
    const { ask, pass } = createDiscovering();
    const token = one.token();
    for (let n = 0; n < 3; n += 1) await ask(token);
    published = [one.key, two.key];
    pass(299);
    await ask(token);
    await settle();
    expect(await ask(token)).toBe('accepted');
    expect(await ask(two.token())).toBe('accepted');
  });

  it('stay usable in an outage of the issuer', async () => {
    const { ask, pass } = createDiscovering();
    const token = one.token({ exp: startedAt / 1000 + 100_000 });
    await ask(token);
    isDown = true;
    pass(80_000);
    expect(await ask(token)).toBe('accepted');
  });

  it('cannot be fetched: 503 with Retry-After and without a challenge', async () => {
    isDown = true;
    const { guard, ask } = createDiscovering();
    expect(await ask(one.token())).toBe('keys_unavailable');
    const answer = guard.refuse(new JwtError('keys_unavailable'));
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });

  it('are used only for the algorithm that they state', async () => {
    const rsa = await generateSigningKey('RS256');
    const { guard } = createGuardFixture([
      { ...one.key, publicJwk: { ...rsa.publicJwk, kid: one.key.kid } },
    ]);
    expect(await reasonOf(() => guard.authenticate(header(one.token())))).toBe(
      'token_signature_wrong',
    );
  });
});

describe('invalid options are refused', () => {
  const good = { issuer, audience };
  it.each([
    ['an issuer that is no address', { ...good, issuer: 'issuer' }],
    ['an issuer with a query', { ...good, issuer: `${issuer}?a=1` }],
    ['an issuer of another scheme', { ...good, issuer: 'ftp://issuer.example' }],
    ['an issuer over http elsewhere', { ...good, issuer: 'http://issuer.example' }],
    ['an empty audience', { ...good, audience: '' }],
    ['an audience with a quote', { ...good, audience: 'a"b' }],
    ['an audience with a line feed', { ...good, audience: 'a\nb' }],
  ])('%s', (_name, options) => {
    expect(() => createGuard(options)).toThrow(TypeError);
  });

  it('except an issuer over http on this host, or one that is allowed by name', () => {
    expect(() => createGuard({ ...good, issuer: 'http://localhost:4000' })).not.toThrow();
    expect(() =>
      createGuard({ ...good, issuer: 'http://auth:4000', dangerouslyAllowHttpIssuer: true }),
    ).not.toThrow();
  });

  it.each([
    ['a scope with two spaces', { scope: 'a  b' }],
    ['a scope with a quote', { scope: ['a"'] }],
    ['an optional caller with a scope', { optional: true, scope: 'a' }],
    ['an optional caller with a decision', { optional: true, can: () => true }],
    ['an optional caller with a resource', { optional: true, resource: () => ({}) }],
  ])('%s', (_name, options) => {
    expect(() => createGuardFixture([]).guard.route(options)).toThrow(TypeError);
  });
});

describe('a log of refusals that throws', () => {
  it('leaves no request without an answer', async () => {
    const onRefusal = () => {
      throw new Error('the disk is full');
    };
    const { guard } = createGuardFixture([one.key], { onRefusal });
    expect(guard.refuse(new GuardRefusal('token_missing')).status).toBe(401);
  });
});
