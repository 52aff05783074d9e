import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { ClientRegistration, Outbound } from '@keywright/core';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, createTestPlatform, type TestPlatform } from '../src/index.ts';
import {
  assertionForm,
  type AssertionParts,
  createClientKey,
  signAssertion,
  signAssertionWithSecret,
} from './assertions.ts';
import { apis, buildings } from './sunrise.ts';

const key = createClientKey('meter-1');
const grant_type = 'client_credentials';

const service: Omit<ClientRegistration, 'client_id'> = {
  kind: 'service',
  trust: 'first-party',
  client_name: 'Meter',
  scope: 'buildings:read',
};
const signing: ClientRegistration = {
  ...service,
  client_id: 'meter',
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [key.jwk] },
};

let platform: TestPlatform;
afterEach(() => platform.close());

type Options = NonNullable<Parameters<typeof createTestPlatform>[0]>;

async function start(client: ClientRegistration, options: Options = {}): Promise<void> {
  platform = await createTestPlatform({ apis, clients: [client], ...options });
}

function parts(changes: Partial<AssertionParts> = {}): AssertionParts {
  return { clientId: 'meter', now: platform.clock.nowSeconds(), ...changes };
}

function ask(assertion: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return platform.post('/token', { grant_type, ...assertionForm(assertion), ...more });
}

describe('a client with a key of its own (private_key_jwt, RFC 7523 §2.2)', () => {
  it('gets a token for an assertion that it signed, and has no secret', async () => {
    await start(signing);
    const answer = await ask(signAssertion(key, parts()));
    expect([answer.status, answer.json['token_type']]).toEqual([200, 'Bearer']);
    expect(platform.secrets.size).toBe(0);
    expect((await platform.store.clients.load('meter'))?.secrets).toEqual([]);
  });

  it.each([
    ['the issuer', 'https://as.example'],
    ['the token endpoint', 'https://as.example/token'],
    ['both, in an array', ['https://as.example/token', 'https://as.example']],
    ['the issuer among others', ['https://other.example', 'https://as.example']],
  ])('may use %s as the audience', async (_name, audience) => {
    await start(signing);
    expect((await ask(signAssertion(key, parts({ audience })))).status).toBe(200);
  });

  it('may sign an assertion with a life of one hour, as Authlib does', async () => {
    await start(signing);
    const claims = { exp: platform.clock.nowSeconds() + 3600 };
    expect((await ask(signAssertion(key, parts({ claims })))).status).toBe(200);
  });

  it('may use the endpoint that it calls as the audience, and no other endpoint', async () => {
    await start(signing);
    const assertion = signAssertion(key, parts({ audience: 'https://as.example/revoke' }));
    const form = { token: 'unknown', ...assertionForm(assertion) };
    expect((await ask(assertion)).status).toBe(401);
    expect((await platform.post('/revoke', form)).status).toBe(200);
  });

  it.each([
    ['none', undefined],
    ['JWT'],
    ['client-authentication+jwt'],
    ['application/client-authentication+jwt'],
  ])('may give its assertion the type %s', async (typ, given = typ as string | undefined) => {
    await start(signing);
    const header = { typ: typ === 'none' ? undefined : given };
    expect((await ask(signAssertion(key, parts({ header })))).status).toBe(200);
  });

  it('may send client_id beside the assertion (RFC 7521 §4.2)', async () => {
    await start(signing);
    expect((await ask(signAssertion(key, parts()), { client_id: 'meter' })).status).toBe(200);
  });

  it('may leave out the jti: then that assertion still works only once', async () => {
    await start(signing);
    const assertion = signAssertion(key, parts({ claims: { jti: undefined } }));
    expect([(await ask(assertion)).status, (await ask(assertion)).status]).toEqual([200, 401]);
  });

  it('may have a clock that is up to a minute ahead (FAPI 2.0 §5.3.2.1)', async () => {
    await start(signing);
    const later = platform.clock.nowSeconds() + 10;
    expect(
      (await ask(signAssertion(key, parts({ now: later, claims: { nbf: later } })))).status,
    ).toBe(200);
  });

  it('authenticates in the same way at introspection and revocation', async () => {
    await start(signing);
    const token = (await ask(signAssertion(key, parts()))).json['access_token'] as string;
    const form = { token, ...assertionForm(signAssertion(key, parts())) };
    const introspected = await platform.post('/introspect', form);
    expect(introspected.json).toMatchObject({ active: true, client_id: 'meter', aud: buildings });
  });

  it('may publish its keys at an address, which is fetched once, and again for an unknown key', async () => {
    const next = createClientKey('meter-2');
    let keys = [key.jwk];
    const asked: string[] = [];
    const outbound: Outbound = {
      async send(url) {
        asked.push(url);
        return { status: 200, text: JSON.stringify({ keys }), maxAgeSeconds: undefined };
      },
    };
    const { jwks: _, ...published } = signing;
    await start(
      { ...published, jwks_uri: 'https://meter.example/jwks' },
      { ports: () => ({ outbound }) },
    );
    const first = [await ask(signAssertion(key, parts())), await ask(signAssertion(key, parts()))];
    expect(first.map(({ status }) => status)).toEqual([200, 200]);
    expect(asked).toEqual(['https://meter.example/jwks']);
    keys = [next.jwk];
    expect((await ask(signAssertion(next, parts()))).status).toBe(200);
    expect(asked).toHaveLength(2);
  });

  it('may use an RSA key without alg for RS256 and for PS256 (RFC 7517 §4.4)', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await start({
      ...signing,
      jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'r' }] },
    });
    const [, payload] = signAssertion(key, parts()).split('.');
    const input = `${Buffer.from('{"alg":"PS256","kid":"r"}').toString('base64url')}.${payload}`;
    const signature = sign('sha256', Buffer.from(input), {
      key: privateKey,
      padding: 6,
      saltLength: 32,
    });
    expect((await ask(`${input}.${signature.toString('base64url')}`)).status).toBe(200);
  });
});

describe('a client that signs with its secret (client_secret_jwt, OpenID Connect Core §9)', () => {
  const client: ClientRegistration = {
    ...service,
    client_id: 'meter',
    token_endpoint_auth_method: 'client_secret_jwt',
    token_endpoint_auth_signing_alg: 'HS256',
  };

  it('gets a token, and its secret is stored sealed beside its digest', async () => {
    await start(client);
    const secret = platform.secrets.get('meter') ?? '';
    expect((await ask(signAssertionWithSecret(secret, parts()))).status).toBe(200);
    const [kept] = (await platform.store.clients.load('meter'))?.secrets ?? [];
    expect(kept?.digest).toBe(createHash('sha256').update(secret).digest('base64url'));
    expect(kept?.sealed).toEqual(expect.any(String));
    expect(JSON.stringify(kept)).not.toContain(secret);
  });

  it('is the only one whose secret is stored sealed', async () => {
    await start({ ...service, client_id: 'plain' });
    expect((await platform.store.clients.load('plain'))?.secrets[0]).not.toHaveProperty('sealed');
  });
});

describe('when a client has two secrets,', () => {
  it('the last use of each is recorded, at most once in ten minutes', async () => {
    await start({ ...service, client_id: 'plain' });
    const { clients } = platform.store;
    const [secret] = (await clients.load('plain'))?.secrets ?? [];
    const began = platform.clock.nowSeconds();
    const call = () => platform.post('/token', { grant_type }, 'plain');
    await call();
    platform.clock.advance(599);
    await call();
    await expect.poll(() => clients.secretUses('plain')).toEqual(new Map([[secret?.id, began]]));
    platform.clock.advance(1);
    await call();
    await expect
      .poll(() => clients.secretUses('plain'))
      .toEqual(new Map([[secret?.id, began + 600]]));
  });

  it('a store that cannot record the use does not stop the authentication', async () => {
    const touchSecret = () => Promise.reject(new Error('full'));
    await start(
      { ...service, client_id: 'plain' },
      {
        ports: ({ store }) => ({ store: { ...store, clients: { ...store.clients, touchSecret } } }),
      },
    );
    expect((await platform.post('/token', { grant_type }, 'plain')).status).toBe(200);
    expect(platform.events.map(({ type }) => type)).toContain('client_secret.use_lost');
  });
});

describe('the metadata of the server about client authentication', () => {
  const methods = 'token_endpoint_auth_methods_supported';
  const algorithms = 'token_endpoint_auth_signing_alg_values_supported';
  const read = async () => (await platform.get('/.well-known/openid-configuration')).json;

  it('names the methods and algorithms that are on, at each endpoint (RFC 8414 §2)', async () => {
    await start(signing);
    const metadata = await read();
    expect(metadata[methods]).toEqual([
      'none',
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
      'api_key',
    ]);
    expect(metadata[algorithms]).toEqual(
      expect.arrayContaining(['HS256', 'ES256', 'PS256', 'RS256', 'EdDSA']),
    );
    expect(metadata['introspection_endpoint_auth_methods_supported']).not.toContain('none');
    expect(metadata['revocation_endpoint_auth_signing_alg_values_supported']).toEqual(
      metadata[algorithms],
    );
    expect(metadata).not.toHaveProperty('tls_client_certificate_bound_access_tokens');
  });

  it('contains the methods of certificates exactly when mutual TLS is on (RFC 8705 §3.3)', async () => {
    await start(signing, { features: { mutualTls: true } });
    const metadata = await read();
    expect(metadata[methods]).toEqual(
      expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']),
    );
    expect(metadata['tls_client_certificate_bound_access_tokens']).toBe(true);
  });

  it('names the endpoints of the host for certificates, which are accepted as audiences (RFC 8705 §5)', async () => {
    const mutualTlsOrigin = 'https://mtls.as.example';
    await start(signing, { features: { mutualTls: true, pushedRequests: true }, mutualTlsOrigin });
    const aliases = (await read())['mtls_endpoint_aliases'];
    expect(aliases).toMatchObject({
      token_endpoint: 'https://mtls.as.example/token',
      userinfo_endpoint: 'https://mtls.as.example/userinfo',
      introspection_endpoint: 'https://mtls.as.example/introspect',
    });
    expect(aliases).not.toHaveProperty('authorization_endpoint');
    const audience = 'https://mtls.as.example/token';
    expect((await ask(signAssertion(key, parts({ audience })))).status).toBe(200);
    await expect(createTestPlatform({ mutualTlsOrigin })).rejects.toThrow('mutual TLS is off');
  });

  it('names only what the profile accepts (FAPI 2.0 §5.3.2.1)', async () => {
    await start(signing, { profile: 'fapi-2' });
    const metadata = await read();
    expect(metadata[methods]).toEqual(['private_key_jwt']);
    expect(metadata[algorithms]).not.toContain('RS256');
    expect(metadata[algorithms]).not.toContain('HS256');
  });
});
