/**
 * The part of the contract about tokens: missing ones, invalid ones, and all places where they may
 * and may not be.
 */
import { expect, it } from 'vitest';
import {
  asForm,
  audience,
  bearer,
  challengeOf,
  realm,
  startedAt,
  type Current,
  type Sent,
  type Stage,
} from './fixture.ts';

export function describeMissingToken(current: Current): void {
  it('answers 401 with a bare challenge when there is no token (RFC 6750 §3.1)', async () => {
    const { ask } = current();
    const reply = await ask('/plain');
    expect(reply.status).toBe(401);
    expect(challengeOf(reply)).toBe(realm);
    expect(reply.body['error']).toBeUndefined();
  });

  it('says with it which scope is needed', async () => {
    expect(challengeOf(await current().ask('/read'))).toBe(`${realm}, scope="buildings:read"`);
  });

  it.each([
    'Basic YTpi',
    'DPoPx abc',
    'ApiKey abc',
    'Digest username="a", realm="b"',
    'Bearerx abc',
    'Token abc',
  ])('takes "%s" for no token', async (header) => {
    const reply = await current().ask('/plain', { headers: ['authorization', header] });
    expect([reply.status, reply.body['reason']]).toEqual([401, 'token_missing']);
  });

  it('answers with problem details that carry the reason and may not be kept (RFC 9457)', async () => {
    const { ask, events } = current();
    const reply = await ask('/plain');
    expect(reply.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
    expect(reply.body).toEqual({
      type: 'urn:keywright:refusal:token_missing',
      title: 'Token missing',
      status: 401,
      detail: 'This resource needs an access token.',
      reason: 'token_missing',
      decision: expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(events.at(-1)).toMatchObject({
      reason: 'token_missing',
      decision: reply.body['decision'],
    });
  });
}

const seconds = startedAt / 1000;
const flip = (token: string) =>
  `${token.slice(0, -10)}${token.at(-10) === 'A' ? 'B' : 'A'}${token.slice(-9)}`;
const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.e30.`;

const badTokens: readonly (readonly [string, string, (stage: Stage) => string])[] = [
  ['that is no JWT', 'token_malformed', () => 'not-a-token'],
  ['with characters that no token has', 'token_malformed', () => 'a"b\\c'],
  ['that is empty', 'token_malformed', () => ''],
  // White space in Latin-1 and for `trim`.
  ['between no-break spaces', 'token_malformed', ({ issuer }) => `\u00a0${issuer.token()}\u00a0`],
  ['of two words', 'token_malformed', ({ issuer }) => `${issuer.token()} x`],
  ['of more than 16 KiB', 'token_malformed', () => 'a'.repeat(12_000) + '.'.repeat(2_000)],
  ['without exp', 'token_malformed', ({ issuer }) => issuer.token({ exp: undefined })],
  ['without sub', 'token_malformed', ({ issuer }) => issuer.token({ sub: undefined })],
  ['without client_id', 'token_malformed', ({ issuer }) => issuer.token({ client_id: undefined })],
  [
    'whose scope is a list',
    'token_malformed',
    ({ issuer }) => issuer.token({ scope: ['buildings:read'] }),
  ],
  ['that has expired', 'token_expired', ({ issuer }) => issuer.token({ exp: seconds - 6 })],
  [
    'that is not valid yet',
    'token_not_yet_valid',
    ({ issuer }) => issuer.token({ nbf: seconds + 6 }),
  ],
  [
    'for another audience',
    'token_audience_wrong',
    ({ issuer }) => issuer.token({ aud: `${audience}/x` }),
  ],
  [
    'of another issuer',
    'token_issuer_wrong',
    ({ issuer }) => issuer.token({ iss: 'https://issuer.example/' }),
  ],
  ['that is an ID token', 'token_type_wrong', ({ issuer }) => issuer.token({}, 'JWT')],
  ['that is a logout token', 'token_type_wrong', ({ issuer }) => issuer.token({}, 'logout+jwt')],
  [
    'signed by an unknown key',
    'token_signature_wrong',
    ({ foreignIssuer }) => foreignIssuer.token(),
  ],
  ['with a changed signature', 'token_signature_wrong', ({ issuer }) => flip(issuer.token())],
  ['without a signature', 'token_signature_wrong', () => none],
];

export function describeBadToken(current: Current): void {
  it.each(badTokens)('answers 401 to a token %s (%s)', async (_name, reason, make) => {
    const { ask, events } = current();
    const token = make(current());
    // Twice, because nothing about an invalid token is remembered.
    for (let n = 0; n < 2; n += 1) {
      const reply = await ask('/read', { headers: bearer(token) });
      expect([reply.status, reply.body['reason'], reply.body['error']]).toEqual([
        401,
        reason,
        'invalid_token',
      ]);
      const challenge = `${realm}, error="invalid_token", error_description="${String(reply.body['detail'])}"`;
      expect(challengeOf(reply)).toBe(challenge);
      expect(JSON.stringify([reply, events])).not.toContain(token === '' ? 'nothing' : token);
    }
  });

  it('judges a token by its own signature though one like it was accepted before', async () => {
    const { ask, issuer } = current();
    const token = issuer.token({ jti: 'poison' });
    expect((await ask('/read', { headers: bearer(flip(token)) })).status).toBe(401);
    expect((await ask('/read', { headers: bearer(token) })).status).toBe(200);
    expect((await ask('/read', { headers: bearer(token) })).status).toBe(200);
    expect((await ask('/read', { headers: bearer(flip(token)) })).status).toBe(401);
    expect((await ask('/read', { headers: bearer(token) })).status).toBe(200);
  });
}

export function describeSources(current: Current): void {
  it('takes the token from a form, and gives the route the rest of it (RFC 6750 §2.2)', async () => {
    const { ask, issuer } = current();
    const reply = await ask('/read', asForm({ access_token: issuer.token(), name: 'Zoë' }));
    expect(reply.status).toBe(200);
    expect(reply.body['form']).toBe('name=Zo%C3%AB');
  });

  it('gives the route the form when the token is in the header', async () => {
    const { ask, issuer } = current();
    const sent = asForm({ name: 'x' });
    const reply = await ask('/read', {
      ...sent,
      headers: [...(sent.headers ?? []), ...bearer(issuer.token())],
    });
    expect(reply.body['form']).toBe('name=x');
  });

  it('takes no token from another kind of body, or from one that a route keeps for itself', async () => {
    const { ask, issuer } = current();
    const form = asForm({ access_token: issuer.token() });
    // An earlier JSON parser would answer itself, because this body is no JSON.
    for (const type of ['text/plain', 'application/jsonx', 'application/x-www-form-urlencodedx']) {
      expect((await ask('/read', { ...form, headers: ['content-type', type] })).status).toBe(401);
    }
    expect((await ask('/raw', form)).status).toBe(401);
  });

  it('takes the token from the query where a route says so, and keeps the answer out of caches and referrers', async () => {
    const { ask, issuer } = current();
    for (const name of ['access_token', '%61ccess_token']) {
      const reply = await ask(`/download?x=1&${name}=${issuer.token()}`);
      expect(reply.status).toBe(200);
      expect(reply.headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  it('leaves the answer alone when the token came in the header', async () => {
    const { ask, issuer } = current();
    const reply = await ask('/download?x=100%25', { headers: bearer(issuer.token()) });
    expect(reply.status).toBe(200);
    expect(reply.headers['cache-control']).toBeUndefined();
  });
}

type Rude = (token: string) => readonly [string, Sent?];
const form = (fields: string, headers: readonly string[] = []): Sent => {
  const sent = asForm(fields);
  return { ...sent, headers: [...(sent.headers ?? []), ...headers] };
};

const rude: readonly (readonly [string, string, Rude])[] = [
  [
    'in the query of a route that does not take it',
    'token_in_query',
    (t) => [`/read?access_token=${t}`],
  ],
  ['in the query, by escapes', 'token_in_query', (t) => [`/read?access%5Ftoken=${t}`]],
  ['in the query of an open route', 'token_in_query', (t) => [`/open?access_token=${t}`]],
  [
    'in header and query',
    'token_twice',
    (t) => [`/download?access_token=${t}`, { headers: bearer(t) }],
  ],
  [
    'in header and query of a route that does not take it',
    'token_twice',
    (t) => [`/read?access_token=${t}`, { headers: bearer(t) }],
  ],
  ['in header and form', 'token_twice', (t) => ['/read', form(`access_token=${t}`, bearer(t))]],
  [
    'in form and query',
    'token_twice',
    (t) => [`/download?access_token=${t}`, form(`access_token=${t}`)],
  ],
  ['twice in the query', 'token_twice', (t) => [`/download?access_token=${t}&access_token=${t}`]],
  [
    'twice in the form',
    'token_twice',
    (t) => ['/read', form(`access_token=${t}&access_token=${t}`)],
  ],
  ['in two headers', 'token_twice', (t) => ['/read', { headers: [...bearer(t), ...bearer(t)] }]],
  [
    'in a second header after another scheme',
    'token_twice',
    (t) => ['/read', { headers: ['authorization', 'Basic YTpi', ...bearer(t)] }],
  ],
  [
    'in a first header before another scheme',
    'token_twice',
    (t) => ['/read', { headers: [...bearer(t), 'Authorization', 'Basic YTpi'] }],
  ],
];

export function describeSourceRefusals(current: Current): void {
  it.each(rude)('answers 400 to a token %s (%s)', async (_name, reason, make) => {
    const { ask, issuer } = current();
    const token = issuer.token();
    // The token is known, which must not hide the fault.
    for (let n = 0; n < 3; n += 1) await ask('/read', { headers: bearer(token) });
    const reply = await ask(...make(token));
    expect([reply.status, reply.body['reason'], reply.body['error']]).toEqual([
      400,
      reason,
      'invalid_request',
    ]);
    expect(challengeOf(reply)).toContain('error="invalid_request"');
    expect(reply.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    expect(reply.text).not.toContain(token);
  });

  it('answers 401 to an empty token in form and query', async () => {
    const { ask } = current();
    for (const [path, sent] of [
      ['/read', form('access_token=')],
      ['/download?access_token='],
    ] as const) {
      const reply = await ask(path, sent);
      expect([reply.status, reply.body['reason']]).toEqual([401, 'token_malformed']);
    }
  });
}
