import type { ClientCertificate, ClientRegistration } from '@keywright/core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Certificate,
  createAuthority,
  createSelfSigned,
  thumbprintOf,
} from '../../jwt/src/testing-parts/certificates.ts';
import { type Answer, createTestPlatform, type TestPlatform } from '../src/index.ts';
import { assertionForm, createClientKey, signAssertion } from './assertions.ts';
import {
  apis,
  claimsOf,
  createSunrise,
  nativeCallback,
  obtainCode,
  tokensOf,
  verifier,
} from './sunrise.ts';

const authority = createAuthority('Sunrise CA');
const subject = [
  ['C', 'DE'],
  ['O', 'Nordwind, Ltd.'],
  ['CN', 'meter.example'],
] as const;
const issued = authority.issue({
  subject,
  dns: ['Meter.example'],
  uris: ['urn:meter:1'],
  emails: ['ops@Meter.example'],
  addresses: [
    [192, 0, 2, 7],
    [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ],
});
const ownKey = createSelfSigned({ subject: [['CN', 'anybody']] });
const grant_type = 'client_credentials';
const service = {
  kind: 'service',
  trust: 'first-party',
  client_name: 'Meter',
  scope: 'buildings:read',
} as const;

function shown({ der }: Certificate, isVerified = true): ClientCertificate {
  return { raw: der, isVerified };
}

function jwkOf({ publicKey, der }: Certificate): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid: 'tls', x5c: [der.toString('base64')] };
}

let platform: TestPlatform;
afterEach(() => platform.close());

async function start(...clients: readonly Partial<ClientRegistration>[]): Promise<void> {
  platform = await createTestPlatform({
    apis,
    features: { mutualTls: true },
    clients: clients.map((client) => ({ ...service, client_id: 'meter', ...client })),
  });
}

function ask(
  certificate: ClientCertificate | undefined,
  form: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return platform
    .browser('192.0.2.1', certificate)
    .post('/token', { grant_type, client_id: 'meter', ...form });
}

describe('a client with a certificate of a named authority (tls_client_auth, RFC 8705 §2.1)', () => {
  it.each([
    ['subject_dn', 'CN=meter.example,O=Nordwind\\, Ltd.,C=DE'],
    ['subject_dn', 'cn = METER.example , 2.5.4.10=Nordwind\\2C  Ltd. ,c=de'],
    ['san_dns', 'meter.example'],
    ['san_uri', 'urn:meter:1'],
    ['san_email', 'ops@meter.example'],
    ['san_ip', '192.0.2.7'],
    ['san_ip', '2001:DB8:0::1'],
  ])('is authenticated by %s %s', async (kind, value) => {
    await start({
      token_endpoint_auth_method: 'tls_client_auth',
      [`tls_client_auth_${kind}`]: value,
    });
    expect((await ask(shown(issued))).status).toBe(200);
    expect((await platform.store.clients.load('meter'))?.secrets).toEqual([]);
  });
});

describe('a client with a certificate that it published itself (self_signed_tls_client_auth, RFC 8705 §2.2)', () => {
  const method = 'self_signed_tls_client_auth';

  it('is authenticated by it, without an authority', async () => {
    await start({ token_endpoint_auth_method: method, jwks: { keys: [jwkOf(ownKey)] } });
    expect((await ask(shown(ownKey, false))).status).toBe(200);
  });

  it('may have several, and replace one by another at its own address', async () => {
    const next = createSelfSigned({ subject: [['CN', 'anybody']] });
    let published = [ownKey];
    const send = async () => {
      const text = JSON.stringify({ keys: published.map(jwkOf) });
      return { status: 200, text, maxAgeSeconds: undefined } as const;
    };
    platform = await createTestPlatform({
      apis,
      features: { mutualTls: true },
      clients: [
        {
          ...service,
          client_id: 'meter',
          token_endpoint_auth_method: method,
          jwks_uri: 'https://meter.example/jwks',
        },
      ],
      ports: () => ({ outbound: { send } }),
    });
    expect((await ask(shown(ownKey, false))).status).toBe(200);
    published = [ownKey, next];
    for (const certificate of [next, ownKey])
      expect((await ask(shown(certificate, false))).status).toBe(200);
  });
});

describe('tokens bound to a certificate (RFC 8705 §3)', () => {
  const bound = { tls_client_certificate_bound_access_tokens: true } as const;

  it('contain its SHA-256, and work only with the certificate', async () => {
    await start({
      ...bound,
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_dns: 'meter.example',
    });
    const answer = await ask(shown(issued));
    expect(answer.json['token_type']).toBe('Bearer');
    const claims = claimsOf(answer.json['access_token'] as string);
    expect(claims['cnf']).toEqual({ 'x5t#S256': thumbprintOf(issued) });
  });

  it('may be requested by a client that authenticates otherwise, with any certificate', async () => {
    const key = createClientKey('k');
    await start({
      ...bound,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [key.jwk] },
    });
    const assertion = signAssertion(key, { clientId: 'meter', now: platform.clock.nowSeconds() });
    const answer = await ask(shown(ownKey, false), assertionForm(assertion));
    const claims = claimsOf(answer.json['access_token'] as string);
    expect(claims['cnf']).toEqual({ 'x5t#S256': thumbprintOf(ownKey) });
  });

  it('are shown with it by introspection (§3.2)', async () => {
    await start({
      ...bound,
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_dns: 'meter.example',
    });
    const token = (await ask(shown(issued))).json['access_token'] as string;
    const introspected = await platform
      .browser('192.0.2.1', shown(issued))
      .post('/introspect', { token, client_id: 'meter' });
    expect(introspected.json).toMatchObject({
      active: true,
      cnf: { 'x5t#S256': thumbprintOf(issued) },
    });
  });

  it('bind the refresh tokens of a public client too (§4), and userinfo accepts them only with the certificate (§3)', async () => {
    platform = await createSunrise({
      features: { mutualTls: true },
      clients: [
        {
          ...bound,
          client_id: 'native',
          kind: 'native',
          trust: 'third-party',
          client_name: 'Pocket Meter',
          redirect_uris: [nativeCallback],
          scope: 'openid profile offline_access buildings:read',
        },
      ],
    });
    const code = await obtainCode(platform, { client_id: 'native', redirect_uri: nativeCallback });
    const send = (certificate: Certificate | undefined, form: Readonly<Record<string, string>>) =>
      platform
        .browser('192.0.2.1', certificate && shown(certificate, false))
        .post('/token', { client_id: 'native', ...form });
    const tokens = tokensOf(
      await send(ownKey, {
        grant_type: 'authorization_code',
        code,
        redirect_uri: nativeCallback,
        code_verifier: verifier,
      }),
    );
    const refreshing = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    expect((await send(issued, refreshing)).json['error']).toBe('invalid_grant');
    expect((await send(undefined, refreshing)).reason).toBe('certificate_missing');
    const refreshed = tokensOf(await send(ownKey, refreshing));
    expect(claimsOf(refreshed.access_token)['cnf']).toEqual({ 'x5t#S256': thumbprintOf(ownKey) });

    const authorization = `Bearer ${refreshed.access_token}`;
    const look = (certificate: Certificate | undefined) =>
      platform
        .browser('192.0.2.1', certificate && shown(certificate, false))
        .get('/userinfo', { authorization });
    expect((await look(ownKey)).status).toBe(200);
    for (const other of [issued, undefined]) {
      const refused = await look(other);
      expect([refused.status, refused.reason]).toEqual([401, 'token_binding_wrong']);
    }
  });

  it('fulfil the rule of a profile that each token is bound (FAPI 2.0 §5.3.2.1)', async () => {
    platform = await createTestPlatform({
      apis,
      profile: 'fapi-2',
      features: { mutualTls: true },
      clients: [
        {
          ...service,
          client_id: 'meter',
          token_endpoint_auth_method: 'tls_client_auth',
          tls_client_auth_san_dns: 'meter.example',
        },
      ],
    });
    const claims = claimsOf((await ask(shown(issued))).json['access_token'] as string);
    expect(claims['cnf']).toEqual({ 'x5t#S256': thumbprintOf(issued) });
  });
});
