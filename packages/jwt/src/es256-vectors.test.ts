/**
 * ECDSA signatures that no library makes and every verifier must check correctly. The kinds are
 * those of Wycheproof (its flags are in the names). The vectors are computed here, so that each is
 * right for a text of our own.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { algorithms } from './algorithms.ts';
import { importKeySet } from './key-set.ts';
import {
  add,
  digestOf,
  field,
  generator,
  inverse,
  keyFor,
  modulo,
  multiply,
  negate,
  order,
  pointAt,
  signature,
  signWith,
  toBytes,
  toJwk,
  toKey,
  toNumber,
} from './testing-parts/p256.ts';

const text = Buffer.from('eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c3JfYWRhIn0');
const secret = 0x2b8f5c1d9e7a40316fd2c4b5a69788f0e1d2c3b4a5968778695a4b3c2d1e0f01n;
const key = toKey(multiply(generator, secret));
const verify = (message: Uint8Array, under: KeyObject, raw: Uint8Array) =>
  algorithms.ES256.verify(message, under, raw);

describe('P-256 as it is computed here', () => {
  it('agrees with the library: keys, and signatures in both directions', () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const { d = '', x = '', y = '' } = pair.privateKey.export({ format: 'jwk' });
    const own = toNumber(Buffer.from(d, 'base64url'));
    expect(toJwk(multiply(generator, own)!)).toMatchObject({ x, y });
    const { r, s } = signWith(own, 123_456_789n, text);
    expect(verify(text, pair.publicKey, signature(r, s))).toBe(true);
    const raw = sign('sha256', text, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
    const [R, S] = [toNumber(raw.subarray(0, 32)), toNumber(raw.subarray(32))];
    const w = inverse(S, order);
    const sum = add(
      multiply(generator, digestOf(text) * w),
      multiply(multiply(generator, own), R * w),
    );
    expect(modulo(sum!.x, order)).toBe(R);
  });
});

/** The least x from `start` on that is on the curve, as a nonce point. */
function nonceFrom(start: bigint) {
  for (let x = start; ; x += 1n) {
    const point = pointAt(x);
    if (point !== undefined) return point;
  }
}

/** A text whose digest is the x of a point: then both factors of the verification are the same. */
function textWithPoint() {
  for (let n = 0; ; n += 1) {
    const found = Buffer.from(`text ${n}`);
    const point = pointAt(digestOf(found));
    if (point !== undefined && digestOf(found) < order) return { found, point };
  }
}

describe('ES256 accepts', () => {
  it.each<readonly [string, bigint]>([
    ['1', 1n],
    ['2', 2n],
    ['3', 3n],
    ['n - 1', order - 1n],
    ['half of n', order >> 1n],
    ['2^128', 1n << 128n],
    ['2^255', 1n << 255n],
  ])('a true signature whose nonce is %s (ArithmeticError)', (_name, nonce) => {
    const { r, s } = signWith(secret, nonce, text);
    expect(verify(text, key, signature(r, s))).toBe(true);
    expect(verify(Buffer.from('another text'), key, signature(r, s))).toBe(false);
  });

  it.each<readonly [string, bigint]>([
    ['the least', 1n],
    ['small', 2n ** 32n],
    ['with a high byte of zero', 2n ** 247n],
    ['with its first bit set', 2n ** 255n],
    ['close below n', order - 1000n],
  ])('r %s (SmallRandS)', (_name, start) => {
    for (const s of [1n, 2n, order - 1n, 2n ** 248n - 1n]) {
      const nonce = nonceFrom(start);
      const own = toKey(keyFor(nonce, s, text));
      expect(verify(text, own, signature(nonce.x, s))).toBe(true);
      expect(verify(text, own, signature(nonce.x, s === order - 1n ? 3n : s + 1n))).toBe(false);
    }
  });

  it('r of a point whose x is not below n, reduced; and refuses that x itself (RangeCheck)', () => {
    const nonce = nonceFrom(order + 1n);
    expect(nonce.x < field).toBe(true);
    const own = toKey(keyFor(nonce, 7n, text));
    expect(verify(text, own, signature(nonce.x - order, 7n))).toBe(true);
    expect(verify(text, own, signature(nonce.x, 7n))).toBe(false);
  });

  it('both factors alike (EdgeCaseShamirMultiplication)', () => {
    const { found, point } = textWithPoint();
    const own = toKey(keyFor(point, 99n, found));
    expect(verify(found, own, signature(point.x, 99n))).toBe(true);
  });

  it.each<readonly [string, bigint]>([
    ['the generator', 1n],
    ['its negative', order - 1n],
    ['its double', 2n],
  ])('a true signature under %s as key (EdgeCasePublicKey, PointDuplication)', (_name, own) => {
    const { r, s } = signWith(own, 77n, text);
    expect(verify(text, toKey(multiply(generator, own)), signature(r, s))).toBe(true);
  });

  it('s and n - s, for both satisfy the equation (ValidSignature: malleability)', () => {
    const { r, s } = signWith(secret, 5n, text);
    expect(verify(text, key, signature(r, s))).toBe(true);
    expect(verify(text, key, signature(r, order - s))).toBe(true);
  });
});

describe('ES256 refuses', () => {
  it('a sum that is the point at infinity (PointDuplication)', () => {
    // e + r d = 0: then the nonce would have to be zero, whatever s is.
    const r = modulo(-digestOf(text) * inverse(secret, order), order);
    for (const s of [1n, 2n, r, order - 1n]) expect(verify(text, key, signature(r, s))).toBe(false);
    const { found, point } = textWithPoint();
    const opposite = toKey(negate(generator));
    expect(verify(found, opposite, signature(point.x, 3n))).toBe(false);
  });

  it('every bit of a true signature turned, and every other length (ModifiedInteger, SignatureSize)', () => {
    const { r, s } = signWith(secret, 6n, text);
    const raw = signature(r, s);
    for (let bit = 0; bit < 512; bit += 1) {
      const turned = Buffer.from(raw);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      expect(verify(text, key, turned), `bit ${bit}`).toBe(false);
    }
    for (let length = 0; length < 140; length += 1) {
      if (length === 64) continue;
      const cut = Buffer.concat([raw, Buffer.alloc(76)]).subarray(0, length);
      expect(verify(text, key, cut), `${length} bytes`).toBe(false);
    }
  });

  it('special values in every pair (InvalidSignature; CVE-2022-21449)', () => {
    const special = [
      0n,
      1n,
      2n,
      order - 1n,
      order,
      order + 1n,
      field - 1n,
      field,
      field + 1n,
      2n ** 256n - 1n,
    ];
    const pairs = special.flatMap((r) => special.map((s) => [r, s] as const));
    expect(pairs.filter(([r, s]) => verify(text, key, signature(r, s)))).toEqual([]);
  });

  it('DER, short and long integers in it, and its own bytes again (the encoding of Java and OpenSSL)', () => {
    const secretKey = createPrivateKey({
      key: { ...toJwk(multiply(generator, secret)!), d: toBytes(secret).toString('base64url') },
      format: 'jwk',
    });
    for (let n = 0; n < 50; n += 1) {
      const der = sign('sha256', text, secretKey);
      expect(verify(text, key, der)).toBe(false);
      expect(verify(text, key, Buffer.concat([der, Buffer.alloc(64)]).subarray(0, 64))).toBe(false);
    }
  });

  it('keys that are no points of the curve: they are skipped (RFC 7518 §6.2.1, RFC 8725 §3.4)', () => {
    const good = multiply(generator, secret)!;
    const text32 = (value: bigint) => toBytes(value).toString('base64url');
    const twist = Array.from({ length: 40 }, (_, n) => BigInt(n)).find(
      (x) => pointAt(x) === undefined,
    )!;
    const bad = [
      { ...toJwk(good), y: text32(good.y ^ 1n) },
      { ...toJwk(good), x: text32(good.y), y: text32(good.x) },
      { ...toJwk(good), x: text32(0n), y: text32(0n) },
      { ...toJwk(good), x: text32(field), y: text32(good.y) },
      { ...toJwk(good), x: text32(2n ** 256n - 1n) },
      { ...toJwk(good), x: text32(twist), y: text32(1n) },
      { ...toJwk(good), y: undefined },
      { ...toJwk(good), x: '' },
      { ...toJwk(good), crv: 'P-384' },
      { ...toJwk(good), crv: 'secp256k1' },
      { ...toJwk(good), kty: 'OKP' },
    ];
    const keys = importKeySet({
      keys: bad.map((jwk, at) => ({ ...jwk, kid: `bad-${at}`, alg: 'ES256' })),
    });
    expect(bad.filter((_jwk, at) => keys.find(`bad-${at}`, 'ES256') !== undefined)).toEqual([]);
  });
});
