/** The attack corpus at the verifier itself: everything that it can check, without HTTP. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { JwtError } from './jwt-error.ts';
import { exportPublicJwk, importKeySet } from './key-set.ts';
import { attacksOnAudience, attacksOnTokens, createForge } from './testing-parts/corpus/index.ts';
import { verifyJwt } from './verify.ts';

const nowSeconds = 1_800_000_000;
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keys = importKeySet({
  keys: [
    exportPublicJwk(ec.publicKey, 'key-e1', 'ES256'),
    exportPublicJwk(rsa.publicKey, 'key-r1', 'RS256'),
  ],
});
const issuer = 'https://issuer.example';
const audience = 'https://api.example';
const forge = createForge({
  header: { alg: 'ES256', typ: 'at+jwt', kid: 'key-e1' },
  claims: {
    iss: issuer,
    aud: audience,
    sub: 'usr_ada',
    client_id: 'heatlens',
    scope: 'buildings:read',
    iat: nowSeconds,
    exp: nowSeconds + 600,
  },
  privateKey: ec.privateKey,
  rsa: { kid: 'key-r1', ...rsa },
  nowSeconds,
});

function verdict(token: string): string {
  try {
    verifyJwt(token, { keys, typ: 'at+jwt', issuer, audience, nowSeconds });
    return 'accepted';
  } catch (error) {
    if (error instanceof JwtError) return error.reason;
    throw error;
  }
}

const attacks = [...attacksOnTokens, ...attacksOnAudience];

describe('the attack corpus at the verifier', () => {
  it.each(attacks.map((attack) => [attack.name, attack] as const))(
    '%s',
    (_name, { why, reason, make }) => {
      expect(verdict(make(forge)), why).toBe(reason ?? 'accepted');
    },
  );

  it('names each attack once, and has controls among them', () => {
    const names = attacks.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(attacks.filter(({ reason }) => reason === undefined).length).toBeGreaterThan(20);
  });
});
