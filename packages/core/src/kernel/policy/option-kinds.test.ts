import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../model/errors.ts';
import { resolveOptions } from './options.ts';

const issuer = 'https://login.example.com';
const wrong = fc.constantFrom<unknown>(
  null,
  '',
  Number.NaN,
  true,
  0n,
  Symbol('any'),
  [null],
  () => 'off',
);
const paths = [
  'issuer',
  'profile',
  'features',
  'keyAlgorithms',
  'dpopNonce',
  'registration',
  'registration.trust',
  'registration.scopes',
  'registration.limit',
  'registration.unusedDays',
  'registration.mostUnused',
  'registration.statementIssuers',
  'registration.reservedNames',
  'assertionIssuers',
  'mutualTlsOrigin',
  'lifetimes',
  'cacheSeconds',
  'sessionIdleSeconds',
  'sessionAbsoluteSeconds',
  'interactionSeconds',
  'passwordAcr',
];

function problemsOf(options: object): readonly string[] {
  try {
    resolveOptions(options as never);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path }) => path);
    throw error;
  }
}

describe('an option of the server that is null, empty or of another type', () => {
  it.each(paths)('is a fault, and the default is not used: %s', (path) => {
    const [name = '', inner] = path.split('.');
    const property = fc.property(wrong, (value) => {
      const options = { issuer, [name]: inner === undefined ? value : { [inner]: value } };
      expect(problemsOf(options)).toContain(path);
    });
    fc.assert(property, { seed: 11, numRuns: 40 });
  });

  it.each<[string, object]>([
    // Each was taken, and weakened what it was to strengthen.
    ['dpopNonce', { dpopNonce: 'Required' }],
    ['registration.trust', { registration: { trust: 'first-party' } }],
    [
      'registration.limit',
      { registration: { limit: { perSecond: Number.NaN, burst: Number.NaN } } },
    ],
    ['registration.limit', { registration: { limit: { perSecond: 1 } } }],
    ['lifetimes', { lifetimes: { browser: { accessTokenSeconds: 60 } } }],
  ])('is a fault when it is misspelt: %s', (path, options) => {
    expect(problemsOf({ issuer, ...options })).toContain(path);
  });

  it.each([undefined, null, '', []])(
    'is a fault, also for the options as a whole, as %j',
    (options) => {
      expect(problemsOf(options as never)).toEqual(['options']);
    },
  );

  it('is no fault where it was left out', () => {
    expect(problemsOf({ issuer, profile: undefined, registration: { trust: undefined } })).toEqual(
      [],
    );
  });
});
