import { type Outbound, type OutboundFetch, signJwtSync } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import { createGuard } from './guard.ts';
import type { GuardOptions, IssuerOptions } from './options.ts';
import { ask } from './testing-parts/ask.ts';
import { audience, createIssuer, issuer, present, startedAt } from './testing-parts/fixture.ts';

const other = 'https://other.example';
const [one, two] = await Promise.all([createIssuer(), createIssuer()]);
const jwksOf = (...of: (typeof one)[]) => ({ jwks: { keys: of.map(({ key }) => key.publicJwk) } });
const header = (token: string) => present({ authorization: `Bearer ${token}` });

function createWorld(issuers: GuardOptions['issuer'], options: Partial<GuardOptions> = {}) {
  const fetched: string[] = [];
  let isDown = false;
  let now = startedAt;
  const fetchJson: OutboundFetch = async (url) => {
    fetched.push(url);
    if (isDown) throw new Error('down');
    const { origin, pathname } = new URL(url);
    const of = origin === issuer ? one : two;
    const body =
      pathname === '/jwks'
        ? { keys: [of.key.publicJwk] }
        : {
            issuer: origin,
            jwks_uri: `${origin}/jwks`,
            introspection_endpoint: `${origin}/introspect`,
          };
    return { body, maxAgeSeconds: undefined };
  };
  const outbound: Outbound = {
    fetchJson,
    send: async () => Promise.reject(new Error('nothing is sent')),
  };
  const guard = createGuard({ issuer: issuers, audience, outbound, clock: () => now, ...options });
  const route = guard.route({});
  return {
    fetched,
    ask: (token: string) => ask(route, header(token)),
    stop: () => {
      isDown = true;
    },
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
  };
}

describe('with several issuers', () => {
  const both: readonly IssuerOptions[] = [
    { issuer, keys: jwksOf(one) },
    { issuer: other, keys: jwksOf(two) },
  ];

  it('a token is checked with the keys of the issuer that it names', async () => {
    const { ask } = createWorld(both);
    const ours = await ask(one.token());
    const theirs = await ask(two.token({ iss: other }));
    expect([ours.access?.caller?.issuer, theirs.access?.caller?.issuer]).toEqual([issuer, other]);
  });

  it.each([
    ['the keys of the second under the name of the first', () => two.token()],
    ['the keys of the first under the name of the second', () => one.token({ iss: other })],
  ])('and never with those of another issuer: %s', async (_name, make) => {
    const { ask } = createWorld(both);
    for (let n = 0; n < 3; n += 1) expect((await ask(make())).reason).toBe('token_signature_wrong');
  });

  it('two users with the same subject are different callers', async () => {
    const { ask } = createWorld(both);
    const callers = [];
    for (let n = 0; n < 3; n += 1) {
      for (const token of [one.token(), two.token({ iss: other })]) {
        const { access } = await ask(token);
        callers.push(`${access?.caller?.issuer} ${access?.caller?.subject}`);
      }
    }
    expect(new Set(callers)).toEqual(new Set([`${issuer} usr_ada`, `${other} usr_ada`]));
  });

  it.each([
    `${issuer}/`,
    `${issuer}.evil.example`,
    issuer.toUpperCase(),
    issuer.slice(0, -1),
    ` ${issuer}`,
    'https://third.example',
    '',
    undefined,
    null,
    7,
    { issuer },
  ])('a token of %j is refused, and no keys are fetched (RFC 8725 §3.8)', async (iss) => {
    const { ask, fetched } = createWorld([issuer, other]);
    expect((await ask(one.token({ iss }))).reason).toBe('token_issuer_wrong');
    expect(fetched).toEqual([]);
  });

  it.each(['none', 'HS256', 'ES384', 'es256'])(
    'a token of alg %s causes no fetch of keys',
    async (alg) => {
      const { ask, fetched } = createWorld([issuer, other]);
      const [, payload, signature] = one.token().split('.');
      const forged = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt', kid: 'x' })).toString(
        'base64url',
      );
      expect((await ask(`${forged}.${payload}.${signature}`)).reason).toBe('token_signature_wrong');
      expect(fetched).toEqual([]);
    },
  );

  it('each is asked only for its own keys, when its first token arrives', async () => {
    const { ask, fetched } = createWorld([issuer, other]);
    expect((await ask(two.token({ iss: other }))).status).toBe(200);
    expect(fetched).toEqual([`${other}/.well-known/openid-configuration`, `${other}/jwks`]);
  });

  it('one that cannot be reached does not affect the others', async () => {
    const { ask, stop } = createWorld([issuer, other]);
    await ask(two.token({ iss: other }));
    stop();
    expect((await ask(one.token())).reason).toBe('keys_unavailable');
    expect((await ask(two.token({ iss: other, jti: 'new' }))).status).toBe(200);
  });

  it('a key that one withdraws ends its tokens, and no tokens of another issuer', async () => {
    const { ask, pass } = createWorld([
      { issuer, keys: { jwksUri: `${other}/jwks` } },
      { issuer: other, keys: jwksOf(two) },
    ]);
    const [first, second] = [two.token(), two.token({ iss: other })];
    for (const token of [first, second, first, second]) expect((await ask(token)).status).toBe(200);
    pass(1);
    expect((await ask(one.token())).reason).toBe('token_signature_wrong');
    expect((await ask(second)).status).toBe(200);
  });
});

describe('the keys of an issuer that cannot be reached', () => {
  it.each([
    [undefined, 86_399, 'accepted'],
    [undefined, 86_401, 'keys_unavailable'],
    [600, 599, 'accepted'],
    [600, 601, 'keys_unavailable'],
  ])(
    'with keysStaleSeconds %s are usable after %s s: %s',
    async (keysStaleSeconds, seconds, wanted) => {
      const stale = keysStaleSeconds === undefined ? {} : { keysStaleSeconds };
      const { ask, stop, pass } = createWorld({ issuer, ...stale });
      const token = one.token({ exp: startedAt / 1000 + 200_000 });
      await ask(token);
      stop();
      pass(seconds);
      expect((await ask(token)).reason ?? 'accepted').toBe(wanted);
    },
  );
});

describe('an issuer that signs access tokens without their type', () => {
  const untyped: IssuerOptions = { issuer, keys: jwksOf(one), dangerouslyAllowUntypedTokens: true };
  const accessToken = { client_id: undefined, azp: 'heatlens' };

  /** `signJwtSync` always states a type. */
  function withoutTyp(token: string): string {
    const [, payload] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object;
    const { kid, privateKey } = one.key;
    const signed = signJwtSync({ kid, privateKey, algorithm: 'ES256' }, undefined as never, {
      ...claims,
    });
    expect(Buffer.from(signed.split('.')[0]!, 'base64url').toString()).not.toContain('typ');
    return signed;
  }

  it.each([
    ['JWT', (claims: object) => one.token({ ...claims }, 'JWT')],
    ['none', (claims: object) => withoutTyp(one.token({ ...claims }))],
    ['at+jwt', (claims: object) => one.token({ ...claims, client_id: 'heatlens' })],
  ])('is trusted if the options say so: typ %s', async (_typ, make) => {
    const { access } = await createWorld([untyped]).ask(make(accessToken));
    expect(access?.caller).toMatchObject({ subject: 'usr_ada', clientId: 'heatlens', issuer });
  });

  it('may name the client in azp or cid, and the scopes in scp', async () => {
    const { ask } = createWorld([untyped]);
    const claims = { client_id: undefined, scope: undefined };
    const lists = await ask(one.token({ ...claims, cid: 'app', scp: ['a', 'b'] }, 'JWT'));
    const texts = await ask(one.token({ ...claims, azp: 'app', scp: 'a b' }, 'JWT'));
    for (const { access } of [lists, texts]) {
      expect(access?.caller?.clientId).toBe('app');
      expect([...(access?.caller?.scopes ?? [])]).toEqual(['a', 'b']);
    }
    expect(texts.access?.caller?.claims).not.toHaveProperty('scope');
  });

  it.each([
    ['an ID token with a nonce', { nonce: 'n' }],
    ['an ID token with at_hash', { at_hash: 'h' }],
    ['an ID token with c_hash', { c_hash: 'h' }],
    ['an ID token of nothing but azp', { scope: undefined }],
    ['what says it is an ID token', { typ: 'ID' }],
    ['what says it is a refresh token', { typ: 'Refresh' }],
    ['what says it is for something else', { token_use: 'id' }],
    ['a logout token', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
  ])('is refused with %s', async (_name, claims) => {
    const { ask } = createWorld([untyped]);
    expect((await ask(one.token({ ...accessToken, ...claims }, 'JWT'))).reason).toBe(
      'token_type_wrong',
    );
  });

  it.each(['id_token+jwt', 'logout+jwt', 'dpop+jwt', 'application/', ''])(
    'is refused with a token of type "%s"',
    async (typ) => {
      const { ask } = createWorld([untyped]);
      expect((await ask(one.token(accessToken, typ))).reason).toBe('token_type_wrong');
    },
  );

  it('must still name client and subject', async () => {
    const { ask } = createWorld([untyped]);
    for (const claims of [
      { azp: undefined },
      { sub: undefined },
      { azp: ['a', 'b'] },
      { scope: ['a'] },
    ]) {
      expect((await ask(one.token({ ...accessToken, ...claims }, 'JWT'))).reason).toBe(
        'token_malformed',
      );
    }
  });

  it('does not weaken the checks for another issuer', async () => {
    const { ask } = createWorld([untyped, { issuer: other, keys: jwksOf(two) }]);
    expect((await ask(two.token({ iss: other }, 'JWT'))).reason).toBe('token_type_wrong');
    const { ask: askStrict } = createWorld([{ issuer, keys: jwksOf(one) }]);
    expect((await askStrict(one.token(accessToken, 'JWT'))).reason).toBe('token_type_wrong');
  });

  it('must follow RFC 9068 if it states the type', async () => {
    expect((await createWorld([untyped]).ask(one.token(accessToken))).reason).toBe(
      'token_malformed',
    );
  });
});
