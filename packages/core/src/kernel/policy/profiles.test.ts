import { describe, expect, it } from 'vitest';
import type { ConfigError } from '../../model/errors.ts';
import { resolveOptions } from './options.ts';
import { defaultFeatures, featureNames } from '../../model/features.ts';
import { openPolicy, strictest } from './policy.ts';
import { profiles } from './profiles.ts';
import { profileNames } from '../../model/client-settings.ts';

const issuer = 'https://as.example';

function problemsOf(make: () => unknown): readonly string[] {
  try {
    make();
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ path }) => path);
  }
}

describe('a profile', () => {
  it('refuses each feature setting that contradicts it, all at once, with the names', () => {
    const features = { pushedRequests: false, requestObjects: false, hybrid: true };
    const paths = problemsOf(() =>
      resolveOptions({ issuer, profile: 'fapi-2-message-signing', features }),
    );
    expect(paths).toEqual([
      'features.pushedRequests',
      'features.requestObjects',
      'features.hybrid',
    ]);
  });

  it('accepts a feature setting that is the same', () => {
    const { features } = resolveOptions({
      issuer,
      profile: 'mcp',
      features: { clientIdDocuments: true },
    });
    expect(features.clientIdDocuments).toBe(true);
  });

  it('that binds tokens needs a method to bind them', () => {
    const neither = { dpop: false, mutualTls: false };
    expect(
      problemsOf(() => resolveOptions({ issuer, profile: 'fapi-2', features: neither })),
    ).toEqual(['features']);
    const byCertificate = { dpop: false, mutualTls: true };
    expect(
      resolveOptions({ issuer, profile: 'fapi-2', features: byCertificate }).features.mutualTls,
    ).toBe(true);
  });

  it('for FAPI 1.0 Advanced binds tokens by mutual TLS only', () => {
    const { features } = resolveOptions({ issuer, profile: 'fapi-1-advanced' });
    expect([features.mutualTls, features.dpop, features.hybrid]).toEqual([true, false, true]);
    const otherwise = { mutualTls: false, dpop: true };
    const paths = problemsOf(() =>
      resolveOptions({ issuer, profile: 'fapi-1-advanced', features: otherwise }),
    );
    expect(paths.toSorted()).toEqual(['features.dpop', 'features.mutualTls']);
  });

  it('with an unknown name is a fault, and so is an unknown feature', () => {
    expect(problemsOf(() => resolveOptions({ issuer, profile: 'fapi-3' as never }))).toEqual([
      'profile',
    ]);
    expect(problemsOf(() => resolveOptions({ issuer, features: { pars: true } as never }))).toEqual(
      ['features.pars'],
    );
  });

  it.each(profileNames)('such as %s sets only features that exist', (name) => {
    for (const feature of Object.keys(profiles[name].features))
      expect(featureNames).toContain(feature);
  });

  it('with the name default leaves each feature at its own default', () => {
    expect(resolveOptions({ issuer }).features).toEqual(defaultFeatures);
  });
});

describe('a client with a profile', () => {
  it.each(profileNames)('such as %s never has weaker rules than the server', (name) => {
    const { policies } = resolveOptions({ issuer, profile: name });
    for (const own of profileNames)
      expect(strictest(policies[own], policies.default)).toEqual(policies[own]);
  });

  it('for FAPI 2 needs PAR, binding and a key, on a server that requires them of no other client', () => {
    const { policies } = resolveOptions({ issuer });
    expect(policies.default.pushedRequestsRequired).toBe(false);
    expect(policies['fapi-2']).toMatchObject({
      pushedRequestsRequired: true,
      senderConstraintRequired: true,
      clientAuthentication: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
      grantsRefused: ['password', 'implicit'],
    });
  });

  it('for FAPI 2 signs with PS256, ES256, or EdDSA with Ed25519, under either name (§5.4.1; RFC 9864 §2.2)', () => {
    const { policies } = resolveOptions({ issuer, profile: 'fapi-2' });
    expect(policies.default.signingAlgorithms).toEqual(['PS256', 'ES256', 'EdDSA', 'Ed25519']);
  });

  it('for FAPI 1.0 Advanced signs its requests and has bound tokens, and needs PKCE for pushed requests', () => {
    const { policies } = resolveOptions({ issuer });
    expect(policies['fapi-1-advanced']).toMatchObject({
      pkce: 'unless-registered',
      pushedPkceRequired: true,
      responseTypes: ['code', 'code id_token'],
      plainCodeRefused: true,
      requestObjectsRequired: true,
      redirectUriRequired: true,
      scopeRequired: true,
      nonceOrStateRequired: true,
      senderConstraintRequired: true,
      signingAlgorithms: ['PS256', 'ES256'],
      grantsRefused: ['password', 'implicit'],
    });
  });

  it('that allows a grant type does not get it where the server does not allow it', () => {
    expect(resolveOptions({ issuer }).policies['oidc-certification'].grantsOpened).toEqual([]);
    const { policies } = resolveOptions({ issuer, profile: 'oidc-certification' });
    expect(policies.default.grantsOpened).toEqual(['implicit']);
    expect(policies['oauth-2.1'].grantsOpened).toEqual([]);
  });
});

describe('the stricter of two policies', () => {
  it('keeps the values that are in both lists', () => {
    const one = { ...openPolicy, signingAlgorithms: ['PS256', 'ES256'] };
    const other = { ...openPolicy, signingAlgorithms: ['ES256', 'EdDSA'] };
    expect(strictest(one, other).signingAlgorithms).toEqual(['ES256']);
    expect(strictest(one, openPolicy).signingAlgorithms).toEqual(['PS256', 'ES256']);
    expect(strictest(openPolicy, openPolicy).signingAlgorithms).toBeUndefined();
  });
});
