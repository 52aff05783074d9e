import { createHash } from 'node:crypto';
import type { ClientCertificate, ClientRegistration } from '@keywright/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority, createSelfSigned } from '../../jwt/src/testing-parts/certificates.ts';
import { type Answer, createTestPlatform, type TestPlatform } from '../src/index.ts';
import { createKey } from './proofs.ts';
import { apis, callback, verifier } from './sunrise.ts';

const authority = createAuthority('Sunrise CA');
const subject = [
  ['O', 'Nordwind'],
  ['CN', 'meter.example'],
] as const;
const issued = authority.issue({ subject, dns: ['meter.example'] });
const published = createSelfSigned({ subject });
const grant_type = 'client_credentials';
const common = {
  kind: 'service',
  trust: 'first-party',
  client_name: 'Meter',
  scope: 'buildings:read',
} as const;
const byName: ClientRegistration = {
  ...common,
  client_id: 'meter',
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: 'CN=meter.example,O=Nordwind',
};
const byKey: ClientRegistration = {
  ...common,
  client_id: 'meter',
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  jwks: {
    keys: [
      {
        ...published.publicKey.export({ format: 'jwk' }),
        kid: 'tls',
        x5c: [published.der.toString('base64')],
      },
    ],
  },
};

const web: ClientRegistration = {
  client_id: 'web',
  kind: 'web',
  trust: 'third-party',
  client_name: 'Heat Lens',
  redirect_uris: [callback],
  scope: 'buildings:read',
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: 'CN=meter.example,O=Nordwind',
};
const authorizing = {
  response_type: 'code',
  redirect_uri: callback,
  scope: 'buildings:read',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
};

let platform: TestPlatform;
afterEach(() => platform.close());

async function start(client: ClientRegistration, mutualTls = true): Promise<void> {
  platform = await createTestPlatform({
    apis,
    features: { mutualTls },
    clients: [client, { ...common, client_id: 'plain' }],
  });
}

function ask(certificate: ClientCertificate | undefined, form = {}): Promise<Answer> {
  return platform
    .browser('192.0.2.1', certificate)
    .post('/token', { grant_type, client_id: 'meter', ...form });
}

function expectRefused(answer: Answer, fault: string): void {
  expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client']);
  expect(platform.events.findLast(({ type }) => type === 'refused')?.['note']).toBe(fault);
}

const verified = (raw: Uint8Array): ClientCertificate => ({ raw, isVerified: true });

describe('tls_client_auth (RFC 8705 §2.1) is refused', () => {
  const otherName = 'the certificate has another name';

  it('without a certificate', async () => {
    await start(byName);
    expectRefused(await ask(undefined), 'no certificate');
  });

  it('for a certificate of an unknown authority, with any name in it', async () => {
    await start(byName);
    const forged = { raw: createSelfSigned({ subject }).der, isVerified: false };
    expectRefused(await ask(forged), 'no named authority issued the certificate');
  });

  it.each([
    [
      'another name',
      [
        ['O', 'Nordwind'],
        ['CN', 'other.example'],
      ],
    ],
    ['a part more', [['C', 'DE'], ...subject]],
    ['a part less', [['CN', 'meter.example']]],
    ['the parts in another order', [...subject].reverse()],
    ['all of it in one part', [['CN', 'meter.example,O=Nordwind']]],
  ] as const)('for a subject with %s', async (_name, other) => {
    await start(byName);
    expectRefused(await ask(verified(authority.issue({ subject: other }).der)), otherName);
  });

  it.each([
    ['san_dns', 'meter.example', { dns: ['*.example', 'xmeter.example'] }],
    ['san_dns', 'meter.example', { uris: ['meter.example'], emails: ['meter.example'] }],
    ['san_uri', 'urn:meter:1', { uris: ['urn:meter:10'] }],
    ['san_email', 'ops@meter.example', { emails: ['OPS@meter.example'] }],
    ['san_email', 'ops@meter.example', { emails: ['xops@meter.example', 'meter.example'] }],
    ['san_ip', '192.0.2.7', { addresses: [[192, 0, 2, 8]], dns: ['192.0.2.7'] }],
  ])('for another %s than %s', async (kind, value, names) => {
    const { tls_client_auth_subject_dn: _, ...rest } = byName;
    await start({ ...rest, [`tls_client_auth_${kind}`]: value });
    expectRefused(await ask(verified(authority.issue({ subject, ...names }).der)), otherName);
  });

  it('for a value that is no certificate', async () => {
    await start(byName);
    expectRefused(
      await ask(verified(Buffer.from('certificate'))),
      'the registration has no name to compare',
    );
  });

  it('when mutual TLS is off', async () => {
    await start(byName, false);
    expectRefused(await ask(verified(issued.der)), 'mutual TLS is off');
  });

  it('for another client, with any certificate', async () => {
    await start(byName);
    expectRefused(
      await ask(verified(issued.der), { client_id: 'plain' }),
      'not registered for this method',
    );
  });

  it('beside a secret that the client does not have', async () => {
    await start(byName);
    expectRefused(
      await ask(verified(issued.der), { client_secret: 'x' }),
      'not registered for this method',
    );
  });
});

describe('self_signed_tls_client_auth (RFC 8705 §2.2) is refused', () => {
  it('for a certificate that was not published, although its names are the same', async () => {
    await start(byKey);
    const other = createSelfSigned({ subject });
    expectRefused(await ask(verified(other.der)), 'not a certificate of its keys');
  });

  it('without a certificate', async () => {
    await start(byKey);
    expectRefused(await ask(undefined), 'no certificate');
  });
});

describe('a registration for mutual TLS is refused:', () => {
  const cases: readonly [string, Partial<ClientRegistration>, string][] = [
    [
      'two names for one certificate',
      { ...byName, tls_client_auth_san_dns: 'meter.example' },
      'exactly one',
    ],
    ['no name', { ...byName, tls_client_auth_subject_dn: undefined }, 'exactly one'],
    [
      'a name that is none',
      { ...byName, tls_client_auth_subject_dn: 'meter.example' },
      'distinguished name',
    ],
    ['a key without its certificate', { ...byKey, jwks: { keys: [{ kty: 'EC' }] } }, 'x5c'],
    ['a private key', { ...byKey, jwks: { keys: [{ kty: 'EC', d: 'x', x5c: [] }] } }, 'private'],
    [
      'keys here and at an address',
      { ...byKey, jwks_uri: 'https://meter.example/jwks' },
      'jwks_uri',
    ],
    [
      'an address without TLS',
      { ...byKey, jwks: undefined, jwks_uri: 'http://meter.example/jwks' },
      'https',
    ],
    ['a secret beside it', { ...byKey, client_secret: 'x'.repeat(43) }, 'has no effect'],
    [
      'an algorithm for what is not signed',
      { ...byKey, token_endpoint_auth_signing_alg: 'ES256' },
      'private_key_jwt',
    ],
    [
      'tokens bound to a key and to a certificate',
      {
        ...byName,
        dpop_bound_access_tokens: true,
        tls_client_certificate_bound_access_tokens: true,
      },
      'cannot be combined with tls_client_certificate_bound_access_tokens: choose one',
    ],
    [
      'no keys for private_key_jwt',
      { ...common, token_endpoint_auth_method: 'private_key_jwt' },
      'jwks',
    ],
  ];
  it.each(cases)('%s', async (_name, client, message) => {
    platform = await createTestPlatform({ apis });
    const declared = { ...common, client_id: 'meter', ...client } as ClientRegistration;
    await expect(createTestPlatform({ apis, clients: [declared] })).rejects.toThrow(message);
  });
});

describe('access tokens with mutual TLS (RFC 8705 §3)', () => {
  it('are not given as bearer tokens to a bound client without a certificate', async () => {
    await start({
      ...common,
      client_id: 'meter',
      tls_client_certificate_bound_access_tokens: true,
    });
    const answer = await platform.post('/token', { grant_type }, 'meter');
    expect([answer.status, answer.json['error'], answer.reason]).toEqual([
      400,
      'invalid_request',
      'certificate_missing',
    ]);
  });

  it('are not bound to a DPoP key instead, for a client that sends both and registered the certificate (§3.4)', async () => {
    await start({ ...byName, tls_client_certificate_bound_access_tokens: true });
    const headers = { dpop: createKey().proof(platform) };
    const form = { grant_type, client_id: 'meter' };
    const browser = platform.browser('192.0.2.1', verified(issued.der));
    const answer = await browser.post('/token', form, headers);
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_dpop_proof']);
    expect(answer.json['error_description']).toContain('leave the DPoP proof out');
    expect((await browser.post('/token', form)).json['token_type']).toBe('Bearer');
  });

  it('are not promised to a DPoP key by a pushed request (RFC 9449 §10.1), whose code could not be redeemed', async () => {
    platform = await createTestPlatform({
      apis,
      features: { mutualTls: true, pushedRequests: true },
      clients: [{ ...web, tls_client_certificate_bound_access_tokens: true }],
    });
    const url = `${platform.issuer}/par`;
    const headers = { dpop: createKey().proof(platform, { url }) };
    const answer = await platform
      .browser('192.0.2.1', verified(issued.der))
      .post('/par', { ...authorizing, client_id: 'web' }, headers);
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_dpop_proof']);
  });

  it('are bound to a DPoP key for a client that registered nothing and proves one, with any certificate', async () => {
    await start(byName);
    const headers = { dpop: createKey().proof(platform) };
    const answer = await platform
      .browser('192.0.2.1', verified(issued.der))
      .post('/token', { grant_type, client_id: 'meter' }, headers);
    expect(answer.json['token_type']).toBe('DPoP');
  });

  it('are not given as bearer tokens where mutual TLS was switched off (§3.4)', async () => {
    await start(
      { ...common, client_id: 'meter', tls_client_certificate_bound_access_tokens: true },
      false,
    );
    const answer = await platform.post('/token', { grant_type }, 'meter');
    expect([answer.status, answer.json['error'], answer.reason]).toEqual([
      400,
      'invalid_request',
      'certificate_missing',
    ]);
    expect(platform.events.findLast(({ type }) => type === 'refused')?.['note']).toBe(
      'mutual TLS is off',
    );
  });
});
