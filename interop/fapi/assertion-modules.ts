/** FAPI 2.0 Security Profile, Final: the modules about `private_key_jwt`. */
import { expect } from 'vitest';
import { type Bench } from './bench.ts';
import { makeKey, nowSeconds } from './keys.ts';
import { expectRefused, type Module } from './modules.ts';

/** Made by another than who is named in it, or at another time. */
const assertions: readonly (readonly [
  name: string,
  claims: (bench: Bench) => Record<string, unknown>,
  key?: 'rsa',
])[] = [
  [
    'ensure-client-assertion-with-exp-is-5-minutes-in-past-fails',
    () => ({ exp: nowSeconds() - 300 }),
  ],
  [
    'ensure-client-assertion-with-wrong-aud-fails',
    () => ({ aud: 'https://www.other1.example.com/' }),
  ],
  ['ensure-client-assertion-with-no-sub-fails', () => ({ sub: undefined })],
  ['par-endpoint-as-array-audience-fails', ({ issuer }) => ({ aud: [`${issuer}/par`, issuer] })],
  [
    'par-endpoint-as-array-audience-fails, the issuer in an array',
    ({ issuer }) => ({ aud: [issuer] }),
  ],
  ['par-endpoint-as-audience-fails', ({ issuer }) => ({ aud: `${issuer}/par` })],
  ['par-token-endpoint-as-audience-fails', ({ issuer }) => ({ aud: `${issuer}/token` })],
  [
    'par-ensure-jwt-client-assertion-with-iat-nbf-over-60-seconds-in-the-future-fails',
    () => ({ iat: nowSeconds() + 70, nbf: nowSeconds() + 70 }),
  ],
];

/** At both endpoints; and nothing was spent by it. */
async function expectUnauthenticated(bench: Bench, claims: Record<string, unknown>): Promise<void> {
  const assertion = { claims };
  const pushed = await bench.push(bench.first, bench.request(bench.first).words, { assertion });
  expectRefused(pushed, ['invalid_client']);
  const attempt = await bench.authorize(bench.first);
  expectRefused(await bench.redeem(bench.first, attempt, { assertion }), ['invalid_client']);
  expect((await bench.redeem(bench.first, attempt)).status).toBe(200);
}

export const assertionModules: readonly Module[] = [
  ...assertions.map(
    ([name, claims]): Module => [name, (bench) => expectUnauthenticated(bench, claims(bench))],
  ),
  [
    'par-ensure-jwt-client-assertion-with-iat-nbf-8-seconds-in-the-future-is-accepted',
    async (bench) => {
      const claims = { iat: nowSeconds() + 8, nbf: nowSeconds() + 8 };
      const { status } = await bench.push(bench.first, bench.request(bench.first).words, {
        assertion: { claims },
      });
      expect(status).toBe(201);
    },
  ],
  [
    'ensure-signed-client-assertion-with-RS256-fails',
    async (bench) => {
      const assertion = { header: { alg: 'RS256' }, key: bench.rsa };
      expectRefused(
        await bench.push(bench.first, bench.request(bench.first).words, { assertion }),
        ['invalid_client'],
      );
    },
  ],
  [
    'ensure-client-assertion-in-token-endpoint',
    async (bench) => {
      const attempt = await bench.authorize(bench.first);
      const words = {
        client_id: bench.first.id,
        client_assertion: undefined,
        client_assertion_type: undefined,
      };
      expectRefused(await bench.redeem(bench.first, attempt, { words }), [
        'invalid_client',
        'invalid_request',
      ]);
    },
  ],
  [
    'an assertion of an unknown key, and one that comes a second time (RFC 7523 §3)',
    async (bench) => {
      const { words } = bench.request(bench.first);
      const assertion = { key: makeKey('ES256') };
      expectRefused(await bench.push(bench.first, words, { assertion }), ['invalid_client']);
      const twice = { claims: { jti: 'the-same-again' } };
      expect((await bench.push(bench.first, words, { assertion: twice })).status).toBe(201);
      expectRefused(await bench.push(bench.first, words, { assertion: twice }), ['invalid_client']);
    },
  ],
];
