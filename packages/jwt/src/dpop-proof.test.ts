import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type SigningAlgorithm, signingAlgorithms } from './algorithms.ts';
import { createDpopProver, type DpopExpectation, verifyDpopProof } from './dpop-proof.ts';
import { JwtError } from './jwt-error.ts';
import { signers } from './signers.ts';
import { anyKey } from './unchecked.ts';

const now = 1_800_000_000;
const url = 'https://api.example/buildings';
const accessToken = 'a-token';
const pairs: Record<SigningAlgorithm, KeyObject> = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey,
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  EdDSA: generateKeyPairSync('ed25519').privateKey,
  Ed25519: generateKeyPairSync('ed25519').privateKey,
  'ML-DSA-65': generateKeyPairSync('ml-dsa-65').privateKey,
};
const prover = createDpopProver({ algorithm: 'ES256', privateKey: pairs.ES256 });
const request = { method: 'GET', url, accessToken, nowSeconds: now, jti: 'one' } as const;
const expected: DpopExpectation = {
  method: 'GET',
  url,
  nowSeconds: now,
  accessToken,
  thumbprint: prover.thumbprint,
};

const jwk = pairs.ES256.export({ format: 'jwk' });
const { d, ...publicJwk } = jwk;
const goodHeader = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk };
const ath = 'H2B246R7od7QgCX_4G5XryF8FPlAfzP7pQ-ZsccBk4c';
const goodClaims = { jti: 'one', htm: 'GET', htu: url, iat: now, ath };

const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

type Sign = (input: Buffer) => Buffer;
const signWith =
  (key: KeyObject): Sign =>
  (input) =>
    sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });

function forge(
  header: unknown = goodHeader,
  claims: unknown = goodClaims,
  signer: Sign = signWith(pairs.ES256),
): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signer(Buffer.from(input)).toString('base64url')}`;
}

function reasonOf(proof: string, changes: Partial<DpopExpectation> = {}): string {
  try {
    verifyDpopProof(proof, { ...expected, ...changes });
    return 'accepted';
  } catch (error) {
    if (error instanceof JwtError) return `${error.reason}: ${error.note}`;
    throw error;
  }
}

describe('a proof that was made here', () => {
  it.each(signingAlgorithms)('with a key of %s is verified', (algorithm) => {
    const made = createDpopProver({ algorithm, privateKey: pairs[algorithm] });
    expect(reasonOf(made.prove(request), { thumbprint: made.thumbprint })).toBe('accepted');
  });

  it('has the members of RFC 9449 §4.2, and no private key', () => {
    const [header, claims] = prover
      .prove({ ...request, url: `${url}?q=secret#part`, nonce: 'n' })
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    expect(header).toEqual(goodHeader);
    expect(claims).toEqual({
      jti: 'one',
      htm: 'GET',
      htu: url,
      iat: now,
      ath: expect.any(String),
      nonce: 'n',
    });
  });

  it('gives its nonce, and an id of its own that must be remembered for as long as the proof is valid', () => {
    const one = verifyDpopProof(prover.prove({ ...request, nonce: 'n' }), expected);
    const two = verifyDpopProof(prover.prove({ ...request, jti: 'two' }), expected);
    expect([one.nonce, two.nonce]).toEqual(['n', undefined]);
    expect(one.replayId).not.toBe(two.replayId);
    expect(one.replayId).toHaveLength(43);
    const end = one.replayableUntil / 1000;
    expect(reasonOf(prover.prove(request), { nowSeconds: end - 1 })).toBe('accepted');
    expect(reasonOf(prover.prove(request), { nowSeconds: end })).toBe('proof_invalid: iat');
  });

  it('has another id with another key, so that no client can use up the proofs of others', () => {
    const other = createDpopProver({ algorithm: 'EdDSA', privateKey: pairs.EdDSA });
    const [one, two] = [prover, other].map((made) =>
      verifyDpopProof(made.prove(request), { ...expected, thumbprint: anyKey }),
    );
    expect(one?.replayId).not.toBe(two?.replayId);
  });
});

describe('the example of RFC 9449', () => {
  // §7.1, Figure 12, with the token of Figure 6 and the thumbprint of Figure 8.
  const example = [
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik',
    'VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR',
    'nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE',
    'QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj',
    'oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z',
    'WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF',
    'c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E',
    'OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA',
  ].join('');

  it('is verified', () => {
    const { thumbprint } = verifyDpopProof(example, {
      method: 'GET',
      url: 'https://resource.example.org/protectedresource',
      nowSeconds: 1_562_262_618,
      accessToken: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
      thumbprint: anyKey,
    });
    expect(thumbprint).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
  });
});

describe('a proof is refused (RFC 9449 §4.3)', () => {
  it('when its jwk is for another algorithm than its header names', () => {
    const { kty, n, e } = createPublicKey(pairs.RS256).export({ format: 'jwk' });
    const header = { typ: 'dpop+jwt', alg: 'PS256', jwk: { kty, n, e, alg: 'RS256' } };
    const proof = forge(header, goodClaims, (input) => sign('sha256', input, pairs.RS256));
    expect(reasonOf(proof, { thumbprint: anyKey })).toBe('proof_invalid: jwk does not fit alg');
  });

  it.each<[string, string, string]>([
    ['that is none', 'not three parts', 'proof'],
    ['that is empty', 'not three parts', ''],
    ['beside another one in the header (1)', 'not three parts', `${forge()}, ${forge()}`],
    [
      'with a changed signature (6)',
      'signature',
      forge(
        goodHeader,
        goodClaims,
        signWith(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey),
      ),
    ],
    ['without a signature', 'signature', `${encode(goodHeader)}.${encode(goodClaims)}.`],
    ['with r = s = 0', 'signature', forge(goodHeader, goodClaims, () => Buffer.alloc(64))],
    ['of typ JWT (4)', 'typ', forge({ ...goodHeader, typ: 'JWT' })],
    ['of typ at+jwt', 'typ', forge({ ...goodHeader, typ: 'at+jwt' })],
    ['without typ', 'typ', forge({ ...goodHeader, typ: undefined })],
    [
      'of alg none (5)',
      'alg',
      forge({ ...goodHeader, alg: 'none' }, goodClaims, () => Buffer.alloc(0)),
    ],
    [
      'of alg HS256 by its own public key',
      'alg',
      forge({ ...goodHeader, alg: 'HS256' }, goodClaims, (input) =>
        createHmac('sha256', JSON.stringify(publicJwk)).update(input).digest(),
      ),
    ],
    [
      'of an alg of another type of key',
      'jwk does not fit alg',
      forge({ ...goodHeader, alg: 'RS256' }),
    ],
    [
      'whose jwk names another alg',
      'jwk does not fit alg',
      forge({ ...goodHeader, jwk: { ...publicJwk, alg: 'EdDSA' } }),
    ],
    [
      'whose jwk is for encryption',
      'jwk does not fit alg',
      forge({ ...goodHeader, jwk: { ...publicJwk, use: 'enc' } }),
    ],
    ['without a jwk', 'jwk', forge({ ...goodHeader, jwk: undefined })],
    ['with null for a jwk', 'jwk', forge({ ...goodHeader, jwk: null })],
    ['with a list for a jwk', 'jwk', forge({ ...goodHeader, jwk: [publicJwk] })],
    [
      'with a private key of the type AKP (7)',
      'jwk holds a private key',
      forge({ ...goodHeader, jwk: { ...publicJwk, priv: d } }),
    ],
    [
      'with a private key (7)',
      'jwk holds a private key',
      forge({ ...goodHeader, jwk: { ...publicJwk, d } }),
    ],
    [
      'with a symmetric key',
      'jwk holds a private key',
      forge({ ...goodHeader, jwk: { kty: 'oct', k: 'AAAA' } }),
    ],
    [
      'with a point off the curve',
      'jwk does not fit alg',
      forge({ ...goodHeader, jwk: { ...publicJwk, x: publicJwk.y } }),
    ],
    [
      'with an extension that must be understood',
      'critical extension',
      forge({ ...goodHeader, crit: ['b64'], b64: false }),
    ],
    ['without jti (3)', 'jti', forge(goodHeader, { ...goodClaims, jti: undefined })],
    ['with an empty jti', 'jti', forge(goodHeader, { ...goodClaims, jti: '' })],
    ['with a number for a jti', 'jti', forge(goodHeader, { ...goodClaims, jti: 1 })],
    ['of another method (8)', 'htm', forge(goodHeader, { ...goodClaims, htm: 'POST' })],
    ['of a method in lower case', 'htm', forge(goodHeader, { ...goodClaims, htm: 'get' })],
    ['without a method', 'htm', forge(goodHeader, { ...goodClaims, htm: undefined })],
    ['without iat', 'iat', forge(goodHeader, { ...goodClaims, iat: undefined })],
    ['with iat in text', 'iat', forge(goodHeader, { ...goodClaims, iat: String(now) })],
    ['older than 60 s (11)', 'iat', forge(goodHeader, { ...goodClaims, iat: now - 61 })],
    ['more than 10 s ahead', 'iat', forge(goodHeader, { ...goodClaims, iat: now + 11 })],
    [
      'that says that it has ended (RFC 7519 §4.1.4)',
      'exp',
      forge(goodHeader, { ...goodClaims, exp: now }),
    ],
    ['with exp in text', 'exp', forge(goodHeader, { ...goodClaims, exp: String(now + 60) })],
    [
      'that is not to be used yet (RFC 7519 §4.1.5)',
      'nbf',
      forge(goodHeader, { ...goodClaims, nbf: now + 11 }),
    ],
    ['with nbf in text', 'nbf', forge(goodHeader, { ...goodClaims, nbf: String(now) })],
    ['without ath (12a)', 'ath', forge(goodHeader, { ...goodClaims, ath: undefined })],
    [
      'with the ath of another token',
      'ath',
      forge(goodHeader, { ...goodClaims, ath: `${ath.slice(0, -1)}A` }),
    ],
    [
      'with a member twice',
      'not a plain JSON object',
      forge(
        goodHeader,
        `{"jti":"a","jti":"b","htm":"GET","htu":"${url}","iat":${now},"ath":"${ath}"}`,
      ),
    ],
    [
      'that is too long',
      'too long',
      forge(goodHeader, { ...goodClaims, filler: 'a'.repeat(16_384) }),
    ],
  ])('%s', (_name, note, proof) => {
    expect(reasonOf(proof)).toBe(`proof_invalid: ${note}`);
  });

  it('only if it is wrong: one that is made by hand like ours is accepted', () => {
    expect(reasonOf(forge())).toBe('accepted');
    expect(reasonOf(forge({ ...goodHeader, typ: 'application/DPoP+JWT' }))).toBe('accepted');
    for (const iat of [now - 60, now + 5])
      expect(reasonOf(forge(goodHeader, { ...goodClaims, iat }))).toBe('accepted');
    expect(reasonOf(forge(goodHeader, { ...goodClaims, exp: now + 1, nbf: now + 10 }))).toBe(
      'accepted',
    );
  });

  it.each([
    'https://api.example/',
    'https://api.example/buildings/',
    'https://api.example/buildings/1',
    'http://api.example/buildings',
    'https://api.example:8443/buildings',
    'https://evil.example/buildings',
    'https://api.example.evil.example/buildings',
    'https://api.example@evil.example/buildings',
    'https://evil.example\\@api.example/buildings',
    '/buildings',
    '',
  ])('of the address "%s" (9)', (htu) => {
    expect(reasonOf(forge(goodHeader, { ...goodClaims, htu }))).toBe(
      `proof_invalid: htu is not ${url}`,
    );
  });

  it.each([
    'HTTPS://API.EXAMPLE/buildings',
    'https://api.example:443/buildings',
    'https://api.example/x/../buildings',
    'https://api.example/%62uildings',
    'https://api.example/buildings?page=2',
    'https://api.example/buildings#top',
  ])('but not for spelling its address "%s" (9: RFC 3986 §6.2.2, §6.2.3)', (htu) => {
    expect(reasonOf(forge(goodHeader, { ...goodClaims, htu }))).toBe('accepted');
  });

  it('when another key made it than the token is bound to (12b), although everything else is right', () => {
    const other = createDpopProver({ algorithm: 'EdDSA', privateKey: pairs.EdDSA });
    expect(reasonOf(other.prove(request))).toBe('token_binding_wrong: proof of another key');
    // The header names our key, but another key made the signature.
    expect(
      reasonOf(forge(goodHeader, goodClaims, (input) => signers.EdDSA(input, pairs.EdDSA))),
    ).toBe('proof_invalid: signature');
  });

  it('although its header was used before with a valid signature', () => {
    expect(reasonOf(forge())).toBe('accepted');
    expect(
      reasonOf(forge(goodHeader, { ...goodClaims, htm: 'POST' }, () => Buffer.alloc(64, 1))),
    ).toBe('proof_invalid: signature');
  });
});
