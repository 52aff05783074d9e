import { createHmac, createPublicKey, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attacksOnTokens, createForge } from '../../jwt/src/testing-parts/corpus/index.ts';
import type { TestPlatform } from '../src/index.ts';
import {
  createAuthorizePlatform,
  heatlensKey,
  makeClientKey,
  push,
  requestWords,
  shortLink,
  signObject,
} from './authorize-setting.ts';
import { noteOf } from './refusal-note.ts';
import { claimsOf, headerOf } from './sunrise.ts';

let platform: TestPlatform;
const rsa = makeClientKey('RS256');
beforeAll(async () => {
  platform = await createAuthorizePlatform({ jwks: { keys: [heatlensKey.jwk, rsa.jwk] } });
});
afterAll(() => platform.close());

const encode = (part: object | string) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

const untold =
  'The request object cannot be read, was not signed by this client, or is not for this server.';

/**
 * A page, because the address of another answer is not known yet. The answer only says what is
 * wrong with content that the client signed.
 */
async function assertRefused(request: string, told: string, note?: string): Promise<void> {
  const answer = await platform.browser().get(shortLink({ request }));
  expect([answer.status, answer.json['page'], answer.reason]).toEqual([
    400,
    'error',
    'request_object_invalid',
  ]);
  expect(answer.headers).not.toHaveProperty('location');
  const pushed = await platform.post('/par', { request }, 'heatlens');
  expect([pushed.status, pushed.json['error']]).toEqual([400, 'invalid_request_object']);
  expect(pushed.json['error_description']).toBe(told);
  expect(noteOf(platform)).toBe(note ?? told);
}

/** If the client has not signed it, only the log says what is wrong. */
const assertRefusedUntold = (request: string, note: string) => assertRefused(request, untold, note);

describe('a request object must be the client’s own, for this server, and current; refused is (RFC 9101 §6):', () => {
  const claims: readonly [string, () => Readonly<Record<string, unknown>>, string][] = [
    ['of another issuer', () => ({ iss: 'portal' }), 'iss must be the client_id'],
    ['for another server', () => ({ aud: 'https://other.example' }), 'aud must be the issuer'],
    [
      'for a server whose name begins like ours',
      () => ({ aud: `${platform.issuer}/x` }),
      'aud must be the issuer',
    ],
    ['with an exp that is no time', () => ({ exp: 'never' }), 'exp must be a number of seconds'],
    [
      'that has expired',
      () => ({ exp: platform.clock.nowSeconds() - 11 }),
      'exp must be in the future',
    ],
    [
      'that is not valid yet',
      () => ({ nbf: platform.clock.nowSeconds() + 60 }),
      'nbf must not be in the future',
    ],
    [
      'without client_id',
      () => ({ client_id: undefined }),
      'client_id must be in the object, with the same value as in the request',
    ],
    [
      'with the id of another client inside (§6.3)',
      () => ({ client_id: 'portal' }),
      'client_id must be in the object, with the same value as in the request',
    ],
    [
      'with a request in it (§4)',
      () => ({ request: 'x' }),
      'the object must not contain request or request_uri',
    ],
    [
      'with a reference in it (§4)',
      () => ({ request_uri: 'https://heatlens.example/r' }),
      'the object must not contain request or request_uri',
    ],
  ];
  it.each(claims)('one with %s', (_name, change, told) =>
    assertRefused(signObject(platform, {}, { claims: change() }), `Request object: ${told}.`),
  );

  it('one of another client, sent with the client_id of its signer', async () => {
    const answer = await platform
      .browser()
      .get(
        `/authorize?${new URLSearchParams({ client_id: 'portal', request: signObject(platform) })}`,
      );
    expect(answer.reason).toBe('request_object_invalid');
  });

  it.each([
    'at+jwt',
    'dpop+jwt',
    'logout+jwt',
    'token-introspection+jwt',
    'client-authentication+jwt',
  ])('one of the type %s', (typ) =>
    assertRefusedUntold(signObject(platform, {}, { typ }), 'token_type_wrong'),
  );

  it('one that is signed by a key of another client', () =>
    assertRefusedUntold(signObject(platform, {}, { key: makeClientKey() }), 'no such key'));

  it('a client assertion, which has no client_id (§10.8)', () =>
    assertRefused(
      signObject(
        platform,
        {},
        {
          typ: 'JWT',
          claims: {
            ...Object.fromEntries(Object.keys(requestWords()).map((name) => [name, undefined])),
            sub: 'heatlens',
          },
        },
      ),
      'Request object: client_id must be in the object, with the same value as in the request.',
    ));

  it('one with a member that appears twice', async () => {
    const [head = '', payload = ''] = signObject(platform).split('.');
    const text = Buffer.from(payload, 'base64url')
      .toString()
      .replace('{', '{"scope":"openid invoices:read",');
    const { privateKey } = heatlensKey;
    const input = `${head}.${encode(text)}`;
    const signature = sign('sha256', Buffer.from(input), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    await assertRefusedUntold(
      `${input}.${signature.toString('base64url')}`,
      'not a plain JSON object',
    );
  });

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('one with the algorithm %j (§10.1)', (alg) =>
    assertRefusedUntold(
      `${encode({ alg, typ: 'oauth-authz-req+jwt' })}.${encode(claimsOf(signObject(platform)))}.`,
      `alg ${alg}`,
    ),
  );

  it('one that is signed with the client’s secret, or with its public key as a secret', async () => {
    for (const secret of [platform.secrets.get('heatlens') ?? '', JSON.stringify(rsa.jwk)]) {
      const input = `${encode({ alg: 'HS256' })}.${encode(claimsOf(signObject(platform)))}`;
      const mac = createHmac('sha256', secret).update(input).digest('base64url');
      await assertRefusedUntold(`${input}.${mac}`, 'alg HS256');
    }
  });

  it.each([
    ['.', 'not three parts'],
    ['..', 'not three parts'],
    ['....', 'header is not a plain JSON object'],
    ['e30.e30.e30', 'no alg'],
    ['a.b.c.d.e', 'header is not a plain JSON object'],
    ['.'.repeat(2000), 'not three parts'],
    ['x'.repeat(40_000), 'too long'],
    ['{}', 'not three parts'],
    ['null', 'not three parts'],
  ])('a text that is no JWT', (request, note) => assertRefusedUntold(request, note));

  it('one of a client without keys', async () => {
    const answer = await platform
      .browser()
      .get(
        `/authorize?${new URLSearchParams({ client_id: 'spa', request: signObject(platform) })}`,
      );
    expect(answer.reason).toBe('request_object_invalid');
  });
});

/**
 * Types, times and issuers of an object have other rules than those of an access token: see above,
 * and attack-corpus-at-signed-requests.
 */
const elsewhere = [
  'token_type_wrong',
  'token_expired',
  'token_not_yet_valid',
  'token_issuer_wrong',
];
/** An object needs no end (RFC 9101 §4): see request-objects.test.ts. */
const endless = ['exp missing', 'Exp in its place', 'exp in the header alone'];
const attacks = attacksOnTokens.filter(
  ({ name, reason = '' }) =>
    !elsewhere.includes(reason) &&
    !endless.includes(name) &&
    !/^(?:typ .* as a control|iat far ahead)/.test(name),
);

describe('each attack of the corpus as a request object', () => {
  it.each(attacks.map((attack) => [attack.name, attack] as const))(
    'is answered as the corpus says: %s',
    async (_name, { why, reason, make }) => {
      const good = signObject(platform);
      const forge = createForge({
        header: headerOf(good),
        claims: { ...claimsOf(good), sub: 'heatlens' },
        privateKey: heatlensKey.privateKey,
        rsa: {
          kid: rsa.kid,
          privateKey: rsa.privateKey,
          publicKey: createPublicKey(rsa.privateKey),
        },
        nowSeconds: platform.clock.nowSeconds(),
      });
      const answer = await platform.post('/par', { request: make(forge) }, 'heatlens');
      if (reason === undefined) {
        expect(answer.status, why).toBe(201);
        return;
      }
      expect([400, 413], why).toContain(answer.status);
      expect(['invalid_request_object', 'invalid_request'], why).toContain(answer.json['error']);
    },
  );
});

it('repeated parameters are refused in the link, in the post, beside an object, and in a push (RFC 6749 §3.1)', async () => {
  const words = requestWords();
  for (const name of [...Object.keys(words), 'x']) {
    const query = `${new URLSearchParams({ ...words, [name]: words[name] ?? 'x' })}&${name}=again`;
    const opened = await platform.browser().get(`/authorize?${query}`);
    const posted = await platform.browser().post('/authorize', query);
    for (const answer of [opened, posted]) {
      expect(JSON.stringify([answer.headers['location'], answer.body])).toMatch(
        /invalid_request|parameter_repeated/,
      );
      expect(JSON.stringify(answer.headers['location'] ?? '')).not.toContain('code=');
    }
    const pushed = await platform.post('/par', query, 'heatlens');
    expect(['invalid_request', 'invalid_client']).toContain(pushed.json['error']);
    if (name === 'client_id') continue;
    const beside = `${new URLSearchParams({ client_id: 'heatlens', request: signObject(platform) })}&${name}=1&${name}=2`;
    expect((await platform.browser().get(`/authorize?${beside}`)).reason).toBe(
      'parameter_repeated',
    );
    const besidePushed = `${new URLSearchParams({ client_id: 'heatlens', request_uri: await push(platform) })}&${name}=1&${name}=2`;
    expect((await platform.browser().get(`/authorize?${besidePushed}`)).reason).toBe(
      'parameter_repeated',
    );
  }
});
