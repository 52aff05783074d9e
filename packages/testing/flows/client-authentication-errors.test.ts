import { type ClientRegistration, createAuthorizationServer } from '@keywright/core';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, createBrowser, createTestPlatform, type TestPlatform } from '../src/index.ts';
import {
  assertionForm,
  type AssertionParts,
  createClientKey,
  signAssertion,
  signAssertionWithSecret,
} from './assertions.ts';
import { noteOf } from './refusal-note.ts';
import { apis } from './sunrise.ts';

const key = createClientKey('meter-1');
const otherKey = createClientKey('meter-1');
const grant_type = 'client_credentials';
const common = {
  kind: 'service',
  trust: 'first-party',
  client_name: 'Meter',
  scope: 'buildings:read',
} as const;

const clients: readonly ClientRegistration[] = [
  {
    ...common,
    client_id: 'meter',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key.jwk] },
  },
  {
    ...common,
    client_id: 'neighbour',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [otherKey.jwk] },
  },
  { ...common, client_id: 'hmac', token_endpoint_auth_method: 'client_secret_jwt' },
  { ...common, client_id: 'plain' },
];

let platform: TestPlatform;
afterEach(() => platform.close());

type Options = NonNullable<Parameters<typeof createTestPlatform>[0]>;

async function start(options: Options = {}): Promise<void> {
  platform = await createTestPlatform({ apis, clients, ...options });
}

function parts(changes: Partial<AssertionParts> = {}): AssertionParts {
  return { clientId: 'meter', now: platform.clock.nowSeconds(), ...changes };
}

function ask(form: Readonly<Record<string, string>>): Promise<Answer> {
  return platform.post('/token', { grant_type, ...form });
}

const untold =
  'The client is unknown or disabled, its secret or assertion is missing or wrong, or it is registered for another method.';

function expectRefused(answer: Answer, told: unknown = untold): void {
  expect(answer.status).toBe(401);
  expect(answer.json).toMatchObject({ error: 'invalid_client', error_description: told });
  expect(answer.reason).toBe('client_authentication_failed');
}

/** The reason in the log. */
const faultOf = () => noteOf(platform);

type Make = (now: number) => string;

const claims =
  (changes: (now: number) => Record<string, unknown>): Make =>
  (now) =>
    signAssertion(key, parts({ claims: changes(now) }));

describe('a client assertion that proves no key of the client gets one refusal for every fault (RFC 7523 §3.2):', () => {
  const cases: readonly [string, Make, string][] = [
    ['another client’s key', () => signAssertion(otherKey, parts()), 'token_signature_wrong'],
    [
      'a key of an unknown name',
      () => signAssertion(key, parts({ header: { kid: 'unknown' } })),
      'no such key',
    ],
    [
      'alg none',
      () => signAssertion(key, parts({ header: { alg: 'none' } })).replace(/[^.]*$/, ''),
      'no such key',
    ],
    [
      'alg of another kind of key',
      () => signAssertion(key, parts({ header: { alg: 'RS256' } })),
      'no such key',
    ],
    [
      'HMAC with the public key',
      () => signAssertionWithSecret(JSON.stringify(key.jwk), parts()),
      'not registered for this method',
    ],
    [
      'its own key in the header',
      () => signAssertion(otherKey, parts({ header: { jwk: otherKey.jwk } })),
      'token_signature_wrong',
    ],
    [
      'a critical extension',
      () => signAssertion(key, parts({ header: { crit: ['x'] } })),
      'critical extension',
    ],
    [
      'the type of an access token',
      () => signAssertion(key, parts({ header: { typ: 'at+jwt' } })),
      'token_type_wrong',
    ],
    [
      'the type of a request object',
      () => signAssertion(key, parts({ header: { typ: 'oauth-authz-req+jwt' } })),
      'token_type_wrong',
    ],
    ['no subject', claims(() => ({ sub: undefined })), 'sub'],
    ['another subject', claims(() => ({ sub: 'neighbour' })), 'token_signature_wrong'],
    ['no JWT at all', () => 'assertion', 'not three parts'],
    [
      'a signature cut off',
      () => signAssertion(key, parts()).replace(/[^.]*$/, ''),
      'token_signature_wrong',
    ],
  ];
  it.each(cases)('%s', async (_name, make, note) => {
    await start();
    expectRefused(await ask(assertionForm(make(platform.clock.nowSeconds()))));
    expect(faultOf()).toBe(note === 'not registered for this method' ? note : `assertion: ${note}`);
  });

  it('a member that appears twice, once good and once bad', async () => {
    await start();
    const good = signAssertion(key, parts());
    const [header = '', payload = '', signature] = good.split('.');
    const text = Buffer.from(payload, 'base64url').toString().replace('{', '{"iss":"meter",');
    expectRefused(
      await ask(assertionForm(`${header}.${Buffer.from(text).toString('base64url')}.${signature}`)),
    );
    expect(faultOf()).toBe('assertion: not a plain JSON object');
  });

  it('another client’s id beside it (RFC 7521 §4.2)', async () => {
    await start();
    expectRefused(
      await ask({ ...assertionForm(signAssertion(key, parts())), client_id: 'neighbour' }),
    );
    expect(faultOf()).toBe('client_id of another client');
  });

  it.each([
    ['no type', { client_assertion_type: '' }],
    ['SAML', { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }],
    ['a type without an assertion', { client_assertion: '' }],
  ])('%s', async (_name, change) => {
    await start();
    expectRefused(await ask({ ...assertionForm(signAssertion(key, parts())), ...change }));
    expect(faultOf()).toBe('assertion: client_assertion_type');
  });
});

describe('a sender with the client’s key learns which claim is wrong (RFC 7523 §3):', () => {
  const cases: readonly [string, Make, string][] = [
    ['no issuer', claims(() => ({ iss: undefined })), 'iss must be the client_id'],
    ['another issuer', claims(() => ({ iss: 'neighbour' })), 'iss must be the client_id'],
    ['no audience', claims(() => ({ aud: undefined })), 'aud must'],
    [
      'another audience',
      claims(() => ({ aud: 'https://other.example' })),
      'aud must be the issuer or the token endpoint',
    ],
    [
      'an audience that only begins like ours',
      claims(() => ({ aud: 'https://as.example.evil.example' })),
      'aud must',
    ],
    [
      'the audience with a slash behind',
      claims(() => ({ aud: 'https://as.example/' })),
      'aud must',
    ],
    [
      'an audience in an object',
      claims(() => ({ aud: { iss: 'https://as.example' } })),
      'aud must',
    ],
    ['no end', claims(() => ({ exp: undefined })), 'exp must'],
    ['its end reached', claims((now) => ({ exp: now })), 'exp must be in the future'],
    ['its end long past', claims((now) => ({ exp: now - 300 })), 'exp must be in the future'],
    [
      'an end too far ahead',
      claims((now) => ({ exp: now + 3661 })),
      'exp must be at most 3600 seconds in the future',
    ],
    ['an end that is no number', claims((now) => ({ exp: String(now + 60) })), 'exp must'],
    ['a beginning more than a minute ahead', claims((now) => ({ nbf: now + 61 })), 'nbf must'],
    ['made more than a minute ahead', claims((now) => ({ iat: now + 61 })), 'iat must'],
    ['made long ago', claims((now) => ({ iat: now - 3601 })), 'iat must'],
    [
      'a request object without a type of its own (RFC 9101 §10.8)',
      claims(() => ({
        client_id: 'meter',
        response_type: 'code',
        redirect_uri: 'https://meter.example/',
      })),
      'it is a request object',
    ],
    ['an empty name', claims(() => ({ jti: '' })), 'jti must'],
    ['a name that is no text', claims(() => ({ jti: 7 })), 'jti must'],
  ];
  it.each(cases)('%s', async (_name, make, told) => {
    await start();
    const answer = await ask(assertionForm(make(platform.clock.nowSeconds())));
    expectRefused(answer, expect.stringContaining(`Client assertion: ${told}`));
    expect(faultOf()).toContain(told);
  });
});

const usedBefore = 'Client assertion: it was used before.';

describe('a client assertion works once (RFC 7523 §3 (7)):', () => {
  it('the second use is refused', async () => {
    await start();
    const form = assertionForm(signAssertion(key, parts()));
    expect((await ask(form)).status).toBe(200);
    expectRefused(await ask(form), usedBefore);
    expect(faultOf()).toBe(usedBefore);
  });

  it('the second use at another node is refused', async () => {
    await start();
    const form = { grant_type, ...assertionForm(signAssertion(key, parts())) };
    const other = createAuthorizationServer({ issuer: platform.issuer }, platform.ports);
    expect((await ask(form)).status).toBe(200);
    expectRefused(await createBrowser(other, platform.issuer).post('/token', form), usedBefore);
  });

  it('of 50 uses at once one succeeds', async () => {
    await start();
    const form = assertionForm(signAssertion(key, parts()));
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(form)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('another assertion with the same jti is refused until the first expires, also at another endpoint', async () => {
    await start();
    const named = (now: number) => signAssertion(key, parts({ now, claims: { jti: 'one' } }));
    const began = platform.clock.nowSeconds();
    expect((await ask(assertionForm(named(began)))).status).toBe(200);
    platform.clock.advance(59);
    const form = { token: 'x', ...assertionForm(named(platform.clock.nowSeconds())) };
    expectRefused(await platform.post('/introspect', form), usedBefore);
  });

  it('the same jti of another client is accepted', async () => {
    await start();
    const claims = { jti: 'one' };
    expect((await ask(assertionForm(signAssertion(key, parts({ claims }))))).status).toBe(200);
    const other = signAssertion(otherKey, parts({ clientId: 'neighbour', claims }));
    expect((await ask(assertionForm(other))).status).toBe(200);
  });

  it('an assertion that is refused for another reason is not used up', async () => {
    await start();
    const claims = { jti: 'one' };
    expectRefused(await ask(assertionForm(signAssertion(otherKey, parts({ claims })))));
    expect((await ask(assertionForm(signAssertion(key, parts({ claims }))))).status).toBe(200);
  });
});

describe('with client_secret_jwt,', () => {
  const sign = (secret: string, changes: Partial<AssertionParts> = {}) =>
    assertionForm(signAssertionWithSecret(secret, parts({ clientId: 'hmac', ...changes })));

  it('a wrong secret, another algorithm, a second use, and the secret itself as assertion are refused', async () => {
    await start();
    const secret = platform.secrets.get('hmac') ?? '';
    expectRefused(await ask(sign('wrong')));
    expect(faultOf()).toBe('assertion: signature');
    expectRefused(await ask(sign(secret, { header: { alg: 'HS512' } })));
    expect(faultOf()).toBe('assertion: alg');
    const form = sign(secret);
    expect((await ask(form)).status).toBe(200);
    expectRefused(await ask(form), usedBefore);
    expectRefused(await ask({ client_id: 'hmac', client_secret: secret }));
    expect(faultOf()).toBe('not registered for this method');
  });

  it('an assertion that claims to be from another client is refused, although its signature is right', async () => {
    await start();
    const secret = platform.secrets.get('hmac') ?? '';
    const told = 'Client assertion: iss must be the client_id, like sub.';
    expectRefused(await ask(sign(secret, { claims: { iss: 'meter' } })), told);
    expect((await ask(sign(secret))).status).toBe(200);
  });

  it('an assertion that was made an hour ago is accepted, and one that is a second older is not', async () => {
    await start();
    const secret = platform.secrets.get('hmac') ?? '';
    const iat = platform.clock.nowSeconds() - 3600;
    expect((await ask(sign(secret, { claims: { iat } }))).status).toBe(200);
    const told = 'Client assertion: iat must be in the last 3600 seconds.';
    expectRefused(await ask(sign(secret, { claims: { iat: iat - 1 } })), told);
  });

  it('an expired secret signs nothing any more', async () => {
    await start();
    const { clients: store } = platform.store;
    const hmac = await store.load('hmac');
    const [kept] = hmac?.secrets ?? [];
    if (hmac === undefined || kept === undefined) throw new Error('no secret');
    const former = platform.secrets.get('hmac') ?? '';
    const expiresAt = platform.clock.nowSeconds() + 60;
    await store.save({ ...hmac, secrets: [{ ...kept, expiresAt }] });
    platform.clock.advance(59);
    expect((await ask(sign(former))).status).toBe(200);
    platform.clock.advance(1);
    expectRefused(await ask(sign(former)));
    expect(faultOf()).toBe('assertion: signature');
  });

  it('a client that is registered to send its secret cannot sign with it', async () => {
    await start();
    const secret = platform.secrets.get('plain') ?? '';
    expectRefused(await ask(sign(secret, { clientId: 'plain' })));
    expect(faultOf()).toBe('not registered for this method');
  });

  it('a sealed secret does not work for another client', async () => {
    await start();
    const { clients: store } = platform.store;
    const hmac = await store.load('hmac');
    if (hmac === undefined) throw new Error('no client');
    await store.save({ ...hmac, id: 'copy' });
    expectRefused(await ask(sign(platform.secrets.get('hmac') ?? '', { clientId: 'copy' })));
    expect(faultOf()).toBe('assertion: signature');
  });
});

describe('a client uses one method in a request, the registered one (RFC 6749 §2.3):', () => {
  it('an assertion beside a secret is refused, although both are correct', async () => {
    await start();
    const secret = platform.secrets.get('plain') ?? '';
    const form = {
      ...assertionForm(signAssertion(key, parts())),
      client_id: 'meter',
      client_secret: secret,
    };
    expect((await ask(form)).reason).toBe('client_authentication_twice');
    const pair = Buffer.from(`plain:${secret}`).toString('base64');
    const answer = await platform
      .browser()
      .post(
        '/token',
        { grant_type, ...assertionForm(signAssertion(key, parts())) },
        { authorization: `Basic ${pair}` },
      );
    expect(answer.reason).toBe('client_authentication_twice');
  });

  it('a client with a key cannot send only its name', async () => {
    await start();
    expectRefused(await ask({ client_id: 'meter' }));
    expect(faultOf()).toBe('not registered for this method');
  });

  it('an unknown client with a good assertion is refused like any other', async () => {
    await start();
    expectRefused(await ask(assertionForm(signAssertion(key, parts({ clientId: 'nobody' })))));
    expect(faultOf()).toBe('unknown or disabled client');
  });

  it('keys that cannot be fetched are a fault of the client, and the status is no 5xx', async () => {
    const { jwks: _, ...rest } = clients[0] as ClientRegistration;
    const outbound = { send: () => Promise.reject(new Error('unreachable')) };
    await start({
      clients: [{ ...rest, jwks_uri: 'https://meter.example/jwks' }],
      ports: () => ({ outbound }),
    });
    expectRefused(await ask(assertionForm(signAssertion(key, parts()))));
  });

  it('only the registered algorithm is accepted', async () => {
    const registered = {
      ...(clients[0] as ClientRegistration),
      token_endpoint_auth_signing_alg: 'PS256',
    };
    await start({ clients: [registered] });
    expectRefused(await ask(assertionForm(signAssertion(key, parts()))));
    expect(faultOf()).toBe('assertion: alg is not the registered algorithm');
  });
});

const issuerAlone = 'Client assertion: aud must be only the issuer, as one string.';

describe('client authentication with a strict profile (FAPI 2.0 Security Profile §5.3.2.1)', () => {
  const strict = async () => start({ profile: 'fapi-2', features: { dpop: true } });

  it.each([
    ['in an array', ['https://as.example']],
    ['as the token endpoint', 'https://as.example/token'],
  ])(
    'takes the issuer as one string as the audience, and not %s: the audience injection of 2025',
    async (_name, audience) => {
      await strict();
      expectRefused(await ask(assertionForm(signAssertion(key, parts({ audience })))), issuerAlone);
      expect(faultOf()).toBe(issuerAlone);
      const good = await ask(assertionForm(signAssertion(key, parts())));
      // The client is authenticated. Only the binding of the token is missing.
      expect(good.reason).not.toBe('client_authentication_failed');
    },
  );

  it('refuses a secret, sent or used to sign', async () => {
    await strict();
    expectRefused(await platform.post('/token', { grant_type }, 'plain'));
    const signed = signAssertionWithSecret(
      platform.secrets.get('hmac') ?? '',
      parts({ clientId: 'hmac' }),
    );
    expectRefused(await ask(assertionForm(signed)));
    expect(faultOf()).toBe('its profile does not allow this method');
  });

  it('refuses a public client', async () => {
    const spa: ClientRegistration = {
      client_id: 'spa',
      kind: 'browser',
      trust: 'third-party',
      client_name: 'Spa',
      redirect_uris: ['https://spa.example/callback'],
    };
    await start({ profile: 'fapi-2', clients: [spa] });
    expectRefused(await ask({ client_id: 'spa' }));
    expect(faultOf()).toBe('its profile does not allow this method');
  });

  it('applies to a single client on a server without that profile', async () => {
    await start({
      clients: [{ ...(clients[0] as ClientRegistration), profile: 'fapi-2' }, ...clients.slice(1)],
    });
    const audience = 'https://as.example/token';
    expectRefused(await ask(assertionForm(signAssertion(key, parts({ audience })))), issuerAlone);
    const other = signAssertion(otherKey, parts({ clientId: 'neighbour', audience }));
    expect((await ask(assertionForm(other))).status).toBe(200);
  });
});
