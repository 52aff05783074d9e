import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../model/errors.ts';
import { resolveOptions } from './options.ts';

const issuer = 'https://login.example.com';

function problemsOf(options: object): Readonly<Record<string, string>> {
  try {
    resolveOptions({ issuer, ...options });
    return {};
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ path, message }) => [path, message]));
  }
}

describe('an unknown option name', () => {
  it.each<[string, object, string]>([
    ['dpopNonces', { dpopNonces: 'required' }, 'dpopNonce'],
    ['sesionIdleSeconds', { sesionIdleSeconds: 60 }, 'sessionIdleSeconds'],
    ['Profile', { Profile: 'fapi-2' }, 'profile'],
    ['features.mtls', { features: { mtls: true } }, 'mutualTls'],
    ['registration.scope', { registration: { scope: ['openid'] } }, 'scopes'],
    [
      'registration.limit.bursts',
      { registration: { limit: { perSecond: 1, burst: 1, bursts: 1 } } },
      'burst',
    ],
    [
      'registration.statementIssuers[1].jwks_uri',
      {
        registration: {
          statementIssuers: [{}, { issuer: 'a', jwks_uri: 'https://a.example/jwks' }],
        },
      },
      'jwksUri',
    ],
    [
      'lifetimes.service.accessTokenSecond',
      { lifetimes: { service: { accessTokenSecond: 60 } } },
      'accessTokenSeconds',
    ],
    ['backchannelRequests.waiting', { backchannelRequests: { waiting: 1 } }, 'waitingOfClient'],
    [
      'assertionIssuers[0].audience',
      {
        assertionIssuers: [{ issuer: 'https://hr.example', subjects: 'account_id', audience: 'a' }],
      },
      'audiences',
    ],
  ])('is a fault that suggests the most similar name: %s', (path, options, nearest) => {
    expect(problemsOf(options)).toMatchObject({
      [path]: `is not an option; the nearest is ${nearest}`,
    });
  });

  it('is reported together with all other faults', () => {
    expect(
      Object.keys(problemsOf({ lifetime: {}, cacheSeconds: 60, passwordAcr: '0' })).toSorted(),
    ).toEqual(['cacheSeconds', 'lifetime', 'passwordAcr']);
    expect(Object.keys(problemsOf({ lifetime: {}, dpopNonce: 'Required' })).toSorted()).toEqual([
      'dpopNonce',
      'lifetime',
    ]);
  });
});
