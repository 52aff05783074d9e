import { generateSigningKey, signJwtSync } from '@keywright/jwt';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Core } from '../../kernel/core.ts';
import type { Client } from '../../model/entities.ts';
import { resolveOptions } from '../../kernel/policy/options.ts';
import { createIssuerKeys } from '../../kernel/keys/issuer-keys.ts';
import { verifyAssertion } from './verification.ts';

const issuer = 'https://as.example';
const hr = 'https://hr.example';
const now = 1_800_000_000;
const algorithms = ['ES256', 'RS256', 'PS256'] as const;
type Algorithm = (typeof algorithms)[number];

let core: Core;
let sign: (algorithm: Algorithm, claims?: Readonly<Record<string, unknown>>) => string;
beforeAll(async () => {
  const made = await Promise.all(algorithms.map((algorithm) => generateSigningKey(algorithm)));
  const jwks = { keys: made.map(({ publicJwk }) => publicJwk) };
  const options = resolveOptions({
    issuer,
    assertionIssuers: [{ issuer: hr, jwks, subjects: 'account_id' }],
  });
  const clock = { nowSeconds: () => now };
  core = {
    options,
    assertionKeys: createIssuerKeys(options.assertionIssuers, { clock }),
  } as Core;
  sign = (algorithm, claims = {}) => {
    const key = made[algorithms.indexOf(algorithm)] as (typeof made)[number];
    const all = { iss: hr, sub: 'usr_ada', aud: issuer, exp: now + 60, jti: 'one', ...claims };
    return signJwtSync({ ...key, algorithm }, 'JWT', all);
  };
});

const open: Pick<Client, 'settings'> = { settings: { assertionIssuers: [hr] } };
const strict: Pick<Client, 'settings'> = {
  settings: { assertionIssuers: [hr], profile: 'fapi-2' },
};
const verify = (client: Pick<Client, 'settings'>, text: string) =>
  verifyAssertion(core, client as Client, text, now);

describe('with the JWT bearer grant, a client under a strict profile', () => {
  it('must use the issuer alone as the audience, as one string (RFC 7523 bis §4)', async () => {
    expect((await verify(strict, sign('ES256'))).subject).toBe('usr_ada');
    for (const aud of [[issuer], `${issuer}/token`, [issuer, 'https://other.example']]) {
      expect((await verify(open, sign('ES256', { aud }))).subject).toBe('usr_ada');
      await expect(verify(strict, sign('ES256', { aud }))).rejects.toMatchObject({
        reason: 'assertion_invalid',
        detail: { log: { note: 'aud must be only the issuer, as one string' } },
      });
    }
  });

  it('cannot use an assertion with an algorithm that the profile does not name', async () => {
    expect((await verify(open, sign('RS256'))).subject).toBe('usr_ada');
    expect((await verify(strict, sign('PS256'))).subject).toBe('usr_ada');
    await expect(verify(strict, sign('RS256'))).rejects.toMatchObject({
      reason: 'assertion_invalid',
      detail: { log: { note: 'the profile does not allow this algorithm' } },
    });
  });
});

describe('the replay marker of a JWT bearer assertion', () => {
  it('is a digest of its issuer and its jti, and is stored as long as the assertion is acceptable', async () => {
    const { marker } = await verify(open, sign('ES256'));
    expect(marker.id).toMatch(/^assertion:[A-Za-z0-9_-]{43}$/);
    expect(marker.expiresAt).toBe(now + 60 + 30);
    expect((await verify(open, sign('ES256', { jti: 'two' }))).marker.id).not.toBe(marker.id);
  });
});
