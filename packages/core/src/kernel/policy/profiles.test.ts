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

describe('A profile', () => {
  it('refuses each feature that is set against it, all at once, and names them', () => {
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

  it('takes a feature that says the same', () => {
    const { features } = resolveOptions({
      issuer,
      profile: 'mcp',
      features: { clientIdDocuments: true },
    });
    expect(features.clientIdDocuments).toBe(true);
  });

  it('that binds tokens needs a way to bind them', () => {
    const neither = { dpop: false, mutualTls: false };
    expect(
      problemsOf(() => resolveOptions({ issuer, profile: 'fapi-2', features: neither })),
    ).toEqual(['features']);
    const byCertificate = { dpop: false, mutualTls: true };
    expect(
      resolveOptions({ issuer, profile: 'fapi-2', features: byCertificate }).features.mutualTls,
    ).toBe(true);
  });

  it('of FAPI 1.0 Advanced binds by mutual TLS, and by nothing else', () => {
    const { features } = resolveOptions({ issuer, profile: 'fapi-1-advanced' });
    expect([features.mutualTls, features.dpop, features.hybrid]).toEqual([true, false, true]);
    const otherwise = { mutualTls: false, dpop: true };
    const paths = problemsOf(() =>
      resolveOptions({ issuer, profile: 'fapi-1-advanced', features: otherwise }),
    );
    expect(paths.toSorted()).toEqual(['features.dpop', 'features.mutualTls']);
  });

  it('or a feature that does not exist is a fault', () => {
    expect(problemsOf(() => resolveOptions({ issuer, profile: 'fapi-3' as never }))).toEqual([
      'profile',
    ]);
    expect(problemsOf(() => resolveOptions({ issuer, features: { pars: true } as never }))).toEqual(
      ['features.pars'],
    );
  });

  it.each(profileNames)('%s sets only features that exist', (name) => {
    for (const feature of Object.keys(profiles[name].features))
      expect(featureNames).toContain(feature);
  });

  it('default leaves every feature at its own default', () => {
    expect(resolveOptions({ issuer }).features).toEqual(defaultFeatures);
  });
});

describe('A client that is held to a profile', () => {
  it.each(profileNames)('under %s is never held to less than the server', (name) => {
    const { policies } = resolveOptions({ issuer, profile: name });
    for (const own of profileNames)
      expect(strictest(policies[own], policies.default)).toEqual(policies[own]);
  });

  it('of FAPI 2 needs PAR, binding and a key, on a server that asks nobody else for them', () => {
    const { policies } = resolveOptions({ issuer });
    expect(policies.default.pushedRequestsRequired).toBe(false);
    expect(policies['fapi-2']).toMatchObject({
      pushedRequestsRequired: true,
      senderConstraintRequired: true,
      clientAuthentication: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
      grantsRefused: ['password', 'implicit'],
    });
  });

  it('of FAPI 2 signs by PS256, ES256, or EdDSA with Ed25519, under either name of that (§5.4.1; RFC 9864 §2.2)', () => {
    const { policies } = resolveOptions({ issuer, profile: 'fapi-2' });
    expect(policies.default.signingAlgorithms).toEqual(['PS256', 'ES256', 'EdDSA', 'Ed25519']);
  });

  it('of FAPI 1.0 Advanced signs all that it asks for, and is bound; PKCE is asked of what it pushes', () => {
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

  it('of a profile that opens a grant does not get it where the server does not open it', () => {
    expect(resolveOptions({ issuer }).policies['oidc-certification'].grantsOpened).toEqual([]);
    const { policies } = resolveOptions({ issuer, profile: 'oidc-certification' });
    expect(policies.default.grantsOpened).toEqual(['implicit']);
    expect(policies['oauth-2.1'].grantsOpened).toEqual([]);
  });
});

describe('The strictest of two policies', () => {
  it('keeps of two lists what stands in both', () => {
    const one = { ...openPolicy, signingAlgorithms: ['PS256', 'ES256'] };
    const other = { ...openPolicy, signingAlgorithms: ['ES256', 'EdDSA'] };
    expect(strictest(one, other).signingAlgorithms).toEqual(['ES256']);
    expect(strictest(one, openPolicy).signingAlgorithms).toEqual(['PS256', 'ES256']);
    expect(strictest(openPolicy, openPolicy).signingAlgorithms).toBeUndefined();
  });
});
