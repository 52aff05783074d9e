/**
 * Edge cases of Ed25519 signatures (RFC 8032 §5.1.7). The kinds are those of Wycheproof (its flags
 * are in the names).
 */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { algorithms } from './algorithms.ts';
import { importKeySet } from './key-set.ts';
import { toBytes, toNumber } from './testing-parts/p256.ts';

const text = Buffer.from('eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c3JfYWRhIn0');
const hex = (value: string) => Buffer.from(value, 'hex');

/** Order of the group of Ed25519 (RFC 8032 §5.1). */
const edOrder = 2n ** 252n + 27742317777372353535851937790883648493n;
const fromLittle = (bytes: Uint8Array) => toNumber(Buffer.from(bytes).reverse());
const toLittle = (value: bigint) => toBytes(value).reverse();

describe('EdDSA', () => {
  /** RFC 8032 §7.1, tests 1 to 3. */
  const published: readonly (readonly [string, string, string])[] = [
    [
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ];

  it.each(published)('accepts the vector of RFC 8032 §7.1 under %s', (x, message, raw) => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: hex(x).toString('base64url') };
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    expect(algorithms.EdDSA.verify(hex(message), publicKey, hex(raw))).toBe(true);
  });

  const pair = generateKeyPairSync('ed25519');
  const isRight = (raw: Buffer) => algorithms.EdDSA.verify(text, pair.publicKey, raw);
  const raw = sign(null, text, pair.privateKey);
  const [R, S] = [raw.subarray(0, 32), fromLittle(raw.subarray(32))];

  it('refuses S with the order added, because there is one S (SignatureMalleability)', () => {
    expect(isRight(raw)).toBe(true);
    for (const more of [1n, 2n, 4n, 8n]) {
      const other = S + more * edOrder;
      if (other < 1n << 256n) expect(isRight(Buffer.concat([R, toLittle(other)]))).toBe(false);
    }
    expect(isRight(Buffer.concat([R, toLittle(edOrder - S)]))).toBe(false);
  });

  it('refuses special values of R and S in every pair (InvalidSignature)', () => {
    const p = 2n ** 255n - 19n;
    const values = [
      0n,
      1n,
      edOrder - 1n,
      edOrder,
      p - 1n,
      p,
      p + 1n,
      2n ** 255n - 1n,
      2n ** 255n,
      2n ** 256n - 1n,
    ];
    const pairs = values.flatMap((r) =>
      values.map((s) => Buffer.concat([toLittle(r), toLittle(s)])),
    );
    expect(pairs.filter(isRight)).toEqual([]);
  });

  it('refuses every flipped bit, and every other length (TruncatedSignature, SignatureWithGarbage)', () => {
    for (let bit = 0; bit < 512; bit += 1) {
      const turned = Buffer.from(raw);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      expect(isRight(turned), `bit ${bit}`).toBe(false);
    }
    for (const length of [0, 1, 32, 63]) expect(isRight(raw.subarray(0, length))).toBe(false);
    expect(isRight(Buffer.concat([raw, Buffer.alloc(1)]))).toBe(false);
    expect(isRight(Buffer.concat([raw, raw]))).toBe(false);
  });

  it('refuses R and S with their bytes in the other order, or swapped (InvalidEncoding)', () => {
    expect(isRight(Buffer.concat([Buffer.from(R).reverse(), raw.subarray(32)]))).toBe(false);
    expect(isRight(Buffer.concat([R, toBytes(S)]))).toBe(false);
    expect(isRight(Buffer.concat([raw.subarray(32), R]))).toBe(false);
  });

  it('refuses signatures that anyone can make under a key of low order, for every text', () => {
    // With S = 0 and such a key, R satisfies the equation for at least one text in eight.
    const low = [
      '0100000000000000000000000000000000000000000000000000000000000000',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      '0000000000000000000000000000000000000000000000000000000000000080',
      '0000000000000000000000000000000000000000000000000000000000000000',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    ].map(hex);
    const jwks = low.map((point, at) => ({
      kty: 'OKP',
      crv: 'Ed25519',
      kid: String(at),
      x: point.toString('base64url'),
    }));
    const keys = importKeySet({ keys: jwks });
    for (const { kid } of jwks) {
      const key = keys.find(kid, 'EdDSA');
      if (key === undefined) continue;
      const forged = low.flatMap((point) =>
        Array.from({ length: 32 }, (_, n) => ({
          message: Buffer.from(`text ${n}`),
          signature: Buffer.concat([point, Buffer.alloc(32)]),
        })),
      );
      const accepted = forged.filter(({ message, signature }) =>
        algorithms.EdDSA.verify(message, key.publicKey, signature),
      );
      expect(accepted).toEqual([]);
    }
  });

  it('accepts only keys of Ed25519, and skips X25519, Ed448 and short ones', () => {
    const { x } = pair.publicKey.export({ format: 'jwk' });
    const bad = [
      generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }),
      generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' }),
      { kty: 'OKP', crv: 'Ed25519', x: x!.slice(0, 40) },
      { kty: 'OKP', crv: 'Ed25519', x: `${x}AAAA` },
      { kty: 'EC', crv: 'Ed25519', x },
    ];
    const keys = importKeySet({
      keys: bad.map((jwk, at) => ({ ...jwk, alg: 'EdDSA', kid: `bad-${at}` })),
    });
    expect(bad.filter((_jwk, at) => keys.find(`bad-${at}`, 'EdDSA') !== undefined)).toEqual([]);
  });
});
