import { describe, expect, it } from 'vitest';
import type { GuardOptions } from './options.ts';
import { audience, createGuardFixture, issuer } from './testing-parts/fixture.ts';

const path = '/.well-known/oauth-protected-resource';
const guardOf = (options: Partial<GuardOptions> = {}) => createGuardFixture([], options).guard;
const documentOf = (options: Partial<GuardOptions>, at = path) => {
  const found = guardOf(options).wellKnown(at);
  return found && (JSON.parse(found.body) as Record<string, unknown>);
};

describe('the metadata of an API (RFC 9728)', () => {
  it('contains its identifier, its issuers, and how it accepts tokens (§2)', () => {
    expect(documentOf({})).toEqual({
      resource: audience,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header', 'body'],
      dpop_signing_alg_values_supported: [
        'ES256',
        'RS256',
        'PS256',
        'EdDSA',
        'Ed25519',
        'ML-DSA-65',
      ],
    });
  });

  it('contains the configured members', () => {
    const metadata = {
      name: 'Buildings',
      documentation: 'https://docs.example',
      scopes: ['buildings:read'],
      detailTypes: ['building'],
    };
    const certificate = { header: 'client-cert', trustedProxies: [] };
    expect(documentOf({ metadata, certificate, dpop: { required: true } })).toMatchObject({
      resource_name: 'Buildings',
      resource_documentation: 'https://docs.example',
      scopes_supported: ['buildings:read'],
      authorization_details_types_supported: ['building'],
      bearer_methods_supported: [],
      dpop_bound_access_tokens_required: true,
      tls_client_certificate_bound_access_tokens: true,
    });
  });

  it('names every issuer', () => {
    const issuers = [issuer, { issuer: 'https://other.example' }];
    const found = documentOf({ issuer: issuers, keys: undefined as never });
    expect(found?.['authorization_servers']).toEqual([issuer, 'https://other.example']);
  });

  it.each([
    ['https://api.example', undefined, path, 'https://api.example'],
    ['https://api.example/', undefined, path, 'https://api.example'],
    ['https://api.example/mcp', undefined, `${path}/mcp`, 'https://api.example'],
    ['https://api.example/a/b/', undefined, `${path}/a/b`, 'https://api.example'],
    ['https://api.example/v1', 'https://public.example/v1', `${path}/v1`, 'https://public.example'],
  ])(
    'of %s (baseUrl %s) is at %s, and challenges name this address (§3.1, §5.1)',
    (id, baseUrl, at, origin) => {
      const guard = guardOf({ audience: id, ...(baseUrl === undefined ? {} : { baseUrl }) });
      const found = guard.wellKnown(at);
      expect(JSON.parse(found?.body ?? '{}')).toMatchObject({ resource: id });
      const { headers } = guard.route({}).refuse(new Error('any'));
      expect(headers['www-authenticate']).toBeUndefined();
      const { headers: missing } = guard.refuse(refusedBy(() => guard.authenticate(nobody)));
      expect(missing['www-authenticate']).toBe(
        `Bearer realm="${id}", resource_metadata="${origin}${at}"`,
      );
    },
  );

  it('may be cached, has its media type, and can be read by scripts of any origin', () => {
    expect(guardOf().wellKnown(`${path}?x=1`)).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'public, max-age=300',
        'access-control-allow-origin': '*',
        'x-content-type-options': 'nosniff',
      },
    });
  });

  it.each([
    '/',
    '',
    `${path}/`,
    `${path}/mcp`,
    `/x${path}`,
    '/.well-known/jwks.json',
    '/.well-known/openid-configuration',
  ])('is not at %s', (at) => {
    expect(guardOf().wellKnown(at)).toBeUndefined();
  });

  it('does not exist if the audience is not an address, and then challenges do not name it', () => {
    const guard = guardOf({ audience: 'urn:example:api' });
    expect(guard.wellKnown(path)).toBeUndefined();
    const { headers } = guard.refuse(refusedBy(() => guard.authenticate(nobody)));
    expect(headers['www-authenticate']).toBe('Bearer realm="urn:example:api"');
    expect(
      guardOf({ audience: 'urn:example:api', baseUrl: audience }).wellKnown(path),
    ).toBeUndefined();
  });
});

const nobody = {
  method: 'GET',
  target: '/',
  remoteAddress: undefined,
  header: () => undefined,
  certificate: () => undefined,
};

function refusedBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
