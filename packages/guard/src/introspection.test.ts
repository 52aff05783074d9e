import { createHash } from 'node:crypto';
import { type Outbound, OutboundError, type OutboundRequest, signJwtSync } from '@keywright/jwt';
import { beforeEach, describe, expect, it } from 'vitest';
import { createGuard } from './guard.ts';
import { basicCredentials } from './introspection.ts';
import type { GuardOptions, IntrospectionOptions } from './options.ts';
import { ask } from './testing-parts/ask.ts';
import { audience, createIssuer, issuer, present, startedAt } from './testing-parts/fixture.ts';

const seconds = startedAt / 1000;
const signer = await createIssuer();
const good = {
  active: true,
  iss: issuer,
  aud: audience,
  sub: 'usr_ada',
  client_id: 'heatlens',
  scope: 'buildings:read',
  jti: 'token-1',
  exp: seconds + 600,
};

interface Sent {
  readonly url: string;
  readonly request: OutboundRequest;
}

let sent: Sent[];
let answers: (token: string) => unknown;
let failures: unknown[];
beforeEach(() => {
  sent = [];
  failures = [];
  answers = () => good;
});

function createWorld(
  introspect: boolean | IntrospectionOptions = true,
  options: Partial<GuardOptions> = {},
) {
  let now = startedAt;
  const outbound: Outbound = {
    fetchJson: async (url) => {
      if (!url.endsWith('openid-configuration')) throw new Error(url);
      const endpoints = {
        jwks_uri: `${issuer}/jwks`,
        introspection_endpoint: `${issuer}/introspect`,
      };
      return { body: { issuer, ...endpoints }, maxAgeSeconds: undefined };
    },
    send: async (url, request) => {
      sent.push({ url, request });
      const answer = await answers(new URLSearchParams(request.body).get('token') ?? '');
      const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
      return { status: 200, text, etag: undefined, maxAgeSeconds: undefined };
    },
  };
  const guard = createGuard({
    issuer: { issuer, client: { id: 'sunrise api', secret: 'a:b+c é' }, introspect },
    audience,
    outbound,
    clock: () => now,
    onFailed: (error) => failures.push(error),
    ...options,
  });
  const route = guard.route({ scope: 'buildings:read' });
  const pass = (more: number) => {
    now += more * 1000;
  };
  return {
    guard,
    pass,
    ask: (token: string) => ask(route, present({ authorization: `Bearer ${token}` })),
  };
}

describe('an opaque token', () => {
  it('has the claims that its issuer returns', async () => {
    const { access } = await createWorld().ask('opaque');
    expect(access?.caller).toMatchObject({
      kind: 'user',
      credential: 'access_token',
      issuer,
      subject: 'usr_ada',
      clientId: 'heatlens',
      tokenId: 'token-1',
      claims: good,
    });
  });

  it('is introspected by the rules of RFC 7662 §2.1 and RFC 6749 §2.3.1', async () => {
    await createWorld().ask('opaque+/=');
    const { url, request } = sent[0]!;
    expect(url).toBe(`${issuer}/introspect`);
    expect(request).toMatchObject({ method: 'POST', accept: 'application/json' });
    expect(request.body).toBe('token=opaque%2B%2F%3D&token_type_hint=access_token');
    const [scheme, encoded] = request.headers!['authorization']!.split(' ');
    expect(scheme).toBe('Basic');
    expect(Buffer.from(encoded!, 'base64').toString()).toBe('sunrise+api:a%3Ab%2Bc+%C3%A9');
  });

  it.each([
    ['scopes', { scope: '' }, 'scope_insufficient'],
    ['its end', { active: false }, 'token_inactive'],
  ])('is checked like any other by %s', async (_name, changes, reason) => {
    answers = () => ({ ...good, ...changes });
    expect((await createWorld().ask('opaque')).reason).toBe(reason);
  });

  const notOurs = `not "${audience}"`;
  const unnamed = 'sub, client_id or scope';
  it.each<[string, object, string, string?]>([
    ['inactive, with all claims', { active: false }, 'token_inactive'],
    [
      'of another issuer',
      { iss: `${issuer}/` },
      'token_issuer_wrong',
      `iss is "${issuer}/", not "${issuer}"`,
    ],
    [
      'for another API',
      { aud: 'https://other.example' },
      'token_audience_wrong',
      `aud is "https://other.example", ${notOurs}`,
    ],
    [
      'for other APIs',
      { aud: [`${audience}/`, 'x'] },
      'token_audience_wrong',
      `aud is ["${audience}/","x"], ${notOurs}`,
    ],
    ['for no API', { aud: undefined }, 'token_audience_wrong', `aud is missing, ${notOurs}`],
    [
      'for an API that is no text',
      { aud: { [audience]: true } },
      'token_audience_wrong',
      `aud is {"${audience}":true}, ${notOurs}`,
    ],
    ['an API key', { token_type: 'api_key' }, 'token_type_wrong', 'token_type'],
    ['a refresh token', { token_type: 'refresh_token' }, 'token_type_wrong', 'token_type'],
    ['of a type that is no text', { token_type: 1 }, 'token_type_wrong', 'token_type'],
    ['expired', { exp: seconds }, 'token_expired'],
    ['of an end that is no time', { exp: 'never' }, 'token_malformed', 'exp'],
    ['not valid yet', { nbf: seconds + 6 }, 'token_not_yet_valid'],
    ['of no user', { sub: undefined }, 'token_malformed', unnamed],
    ['of no client', { client_id: undefined }, 'token_malformed', unnamed],
    ['of a list of scopes', { scope: ['buildings:read'] }, 'token_malformed', unnamed],
    [
      'with invalid details',
      { authorization_details: 'all' },
      'token_malformed',
      'authorization_details',
    ],
    ['bound to a key', { cnf: { jkt: 'x' } }, 'token_binding_wrong', 'scheme Bearer'],
    [
      'bound to a key that is not named',
      { token_type: 'DPoP' },
      'token_binding_wrong',
      'no cnf.jkt',
    ],
    [
      'bound to a key that is not named, but to a certificate',
      { token_type: 'dpop', cnf: { 'x5t#S256': 'x' } },
      'token_binding_wrong',
      'no cnf.jkt',
    ],
  ])('is refused if it is %s', async (_name, changes, reason, note) => {
    const notes: (string | undefined)[] = [];
    answers = () => ({ ...good, ...changes });
    const world = createWorld(true, { onRefusal: (refusal) => notes.push(refusal.note) });
    expect((await world.ask('opaque')).reason).toBe(reason);
    expect(notes).toEqual([note]);
  });

  it('is refused with the received and the expected audience or issuer in the log', async () => {
    const notes: (string | undefined)[] = [];
    for (const changes of [{ aud: ['https://other.example'] }, { iss: 'https://other.example' }]) {
      answers = () => ({ ...good, ...changes });
      await createWorld(true, { onRefusal: ({ note }) => notes.push(note) }).ask('opaque');
    }
    expect(notes).toEqual([
      `aud is ["https://other.example"], not "${audience}"`,
      `iss is "https://other.example", not "${issuer}"`,
    ]);
  });

  // RFC 9449 §6.2: the issuer says that it is bound to a key, and does not name the key.
  it('is refused if it is bound to a key that is not named, although the right certificate is presented', async () => {
    const certificate = Buffer.from('a certificate');
    const thumbprint = createHash('sha256').update(certificate).digest('base64url');
    const { guard } = createWorld();
    const askWith = (token: string) =>
      ask(guard.route({}), {
        ...present({ authorization: `Bearer ${token}` }),
        certificate: () => certificate,
      });
    answers = () => ({ ...good, cnf: { 'x5t#S256': thumbprint } });
    expect((await askWith('one')).status).toBe(200);
    answers = () => ({ ...good, token_type: 'DPoP', cnf: { 'x5t#S256': thumbprint } });
    expect((await askWith('two')).reason).toBe('token_binding_wrong');
  });

  it.each([
    { token_type: 'Bearer' },
    { token_type: 'bearer' },
    { aud: ['x', audience] },
    { iss: undefined },
    { exp: undefined },
  ])('is accepted with %j', async (changes) => {
    answers = () => ({ ...good, ...changes });
    expect((await createWorld().ask('opaque')).status).toBe(200);
  });

  it('needs no audience and no subject if the options say so by name', async () => {
    answers = () => ({ ...good, aud: undefined, sub: undefined });
    const { ask } = createWorld({
      dangerouslyAllowMissingAudience: true,
      dangerouslyTakeMissingSubjectAsClient: true,
    });
    const { access } = await ask('opaque');
    expect(access?.caller).toMatchObject({ kind: 'service', subject: 'heatlens' });
    answers = () => ({ ...good, aud: 'https://other.example' });
    expect((await ask('another')).reason).toBe('token_audience_wrong');
  });

  it.each(['a b', 'a"b', 'é', 'a=b', 'a'.repeat(16_385)])(
    'is not introspected if it has no valid form: "%.20s"',
    async (token) => {
      const { reason } = await createWorld().ask(token);
      expect([reason, sent.length]).toEqual(['token_malformed', 0]);
    },
  );

  it('is sent to one address, and a JWT is sent nowhere', async () => {
    const { ask } = createWorld({ endpoint: 'https://introspect.example' });
    expect((await ask('opaque')).status).toBe(200);
    expect(sent[0]?.url).toBe('https://introspect.example');
    await ask(signer.token());
    await ask(signer.token({ iss: 'https://other.example' }));
    await ask(`${signer.token().slice(0, -4)}AAAA`);
    expect(sent).toHaveLength(1);
  });

  it('is refused if no introspection is configured', async () => {
    expect((await createWorld(false).ask('opaque')).reason).toBe('token_malformed');
    expect(sent).toEqual([]);
  });
});

describe('an answer', () => {
  it('is used for 5 seconds, then requested again', async () => {
    const { ask, pass } = createWorld();
    for (let n = 0; n < 4; n += 1) await ask('opaque');
    pass(4.9);
    expect((await ask('opaque')).status).toBe(200);
    expect(sent).toHaveLength(1);
    answers = () => ({ active: false });
    pass(0.1);
    for (let n = 0; n < 3; n += 1) expect((await ask('opaque')).reason).toBe('token_inactive');
    expect(sent).toHaveLength(2);
  });

  it('is used as long as the operator says, and never after the end of the token', async () => {
    answers = () => ({ ...good, exp: seconds + 2 });
    const { ask, pass } = createWorld({ cacheSeconds: 60 });
    for (let n = 0; n < 3; n += 1) await ask('opaque');
    pass(1.9);
    await ask('opaque');
    expect(sent).toHaveLength(1);
    pass(0.1);
    expect((await ask('opaque')).reason).toBe('token_expired');
  });

  it('is never cached if the operator says so', async () => {
    const { ask } = createWorld({ cacheSeconds: 0 });
    for (let n = 0; n < 3; n += 1) expect((await ask('opaque')).status).toBe(200);
    expect(sent).toHaveLength(3);
  });

  it('about an inactive token is requested again after 2 seconds', async () => {
    answers = () => ({ active: false });
    const { ask, pass } = createWorld();
    for (let n = 0; n < 3; n += 1) await ask('opaque');
    expect(sent).toHaveLength(1);
    answers = () => good;
    pass(2);
    expect((await ask('opaque')).status).toBe(200);
  });

  it('belongs to one token, and another token has its own', async () => {
    answers = (token) => ({ ...good, sub: token });
    const { ask } = createWorld();
    for (const token of ['ada', 'bob', 'ada', 'bob', 'ada', 'bob']) {
      expect((await ask(token)).access?.caller?.subject).toBe(token);
    }
    expect(sent).toHaveLength(2);
  });

  it('is requested once for all waiting requests', async () => {
    const { ask } = createWorld();
    const all = await Promise.all(Array.from({ length: 50 }, () => ask('opaque')));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    expect(sent).toHaveLength(1);
  });

  it('has at most 200 waiting requests, and further ones get 503', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    answers = async () => {
      await gate;
      return good;
    };
    const { ask } = createWorld();
    const all = Array.from({ length: 210 }, (_, n) => ask(`token-${n}`));
    const refused = await Promise.all(all.slice(200));
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['overloaded']));
    release();
    expect((await Promise.all(all.slice(0, 200))).every(({ status }) => status === 200)).toBe(true);
    expect((await ask('token-205')).status).toBe(200);
  });

  it('about a formerly active token is requested, however many unknown tokens are waiting', async () => {
    const { ask, pass } = createWorld();
    for (const known of ['ada', 'bob']) expect((await ask(known)).status).toBe(200);
    answers = (token) => (token === 'bob' ? { active: false } : good);
    pass(6);
    expect((await ask('bob')).reason).toBe('token_inactive');
    pass(6);
    const answer = answers;
    answers = (token) => (token.startsWith('made-up') ? new Promise(() => {}) : answer(token));
    for (let n = 0; n < 200; n += 1) void ask(`made-up-${n}`);
    expect((await ask('ada')).status).toBe(200);
    // A token that is no longer valid counts as unknown.
    expect((await ask('bob')).reason).toBe('overloaded');
  });
});

describe('an issuer that cannot be reached', () => {
  it.each<[string, () => unknown]>([
    [
      'is away',
      () => Promise.reject(new OutboundError('unreachable', 'issuer.example cannot be reached.')),
    ],
    ['answers no JSON', () => '<html>'],
    ['answers a list', () => '[]'],
    ['answers null', () => 'null'],
    ['does not say whether it is active', () => ({ sub: 'usr_ada' })],
    ['says it in text', () => ({ ...good, active: 'true' })],
    [
      'nests its answer too deeply',
      () =>
        `{"active":true,"aud":"${audience}","sub":"a","client_id":"b","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
  ])('and %s: 503, reported to the operator, and not cached', async (_name, answer) => {
    answers = answer;
    const { ask, pass } = createWorld();
    const { status, reason, challenge, headers } = await ask('opaque');
    expect([status, reason, challenge]).toEqual([503, 'introspection_unavailable', undefined]);
    expect(headers['retry-after']).toBe('5');
    expect(failures).toHaveLength(1);
    expect(String(failures[0])).not.toContain('opaque');
    answers = () => good;
    pass(0.1);
    expect((await ask('opaque')).status).toBe(200);
  });
});

describe('the options of introspection', () => {
  const client = { id: 'a', secret: 'b' };
  it.each<[string, GuardOptions['issuer']]>([
    ['without a client', { issuer, introspect: true }],
    [
      'at two issuers',
      [
        { issuer, client, introspect: true },
        { issuer: 'https://b.example', client, introspect: {} },
      ],
    ],
  ])('are refused %s', (_name, issuers) => {
    expect(() => createGuard({ issuer: issuers, audience })).toThrow(TypeError);
  });
});

it('a token whose signer is not introspected keeps its own end', async () => {
  const { kid, privateKey, publicJwk } = signer.key;
  const jwt = signJwtSync({ kid, privateKey, algorithm: 'ES256' }, 'at+jwt', {
    ...good,
    active: undefined,
  });
  const keys = { jwks: { keys: [publicJwk] } };
  const { ask, pass } = createWorld(true, {
    issuer: { issuer, keys, client: { id: 'a', secret: 'b' }, introspect: true },
  });
  await ask(jwt);
  pass(300);
  expect((await ask(jwt)).status).toBe(200);
  expect(sent).toEqual([]);
});

it('credentials are form-encoded before they are joined (RFC 6749 §2.3.1)', () => {
  const encoded = basicCredentials({ id: "a:b !'()*~", secret: 'c%&=' }).slice('Basic '.length);
  expect(Buffer.from(encoded, 'base64').toString()).toBe('a%3Ab+%21%27%28%29*%7E:c%25%26%3D');
});
