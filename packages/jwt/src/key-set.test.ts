import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signingAlgorithms } from './algorithms.ts';
import {
  exportPrivateKey,
  exportPublicJwk,
  generateSigningKey,
  importKeySet,
  importPrivateKey,
  thumbprint,
} from './key-set.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ecJwk = exportPublicJwk(ec.publicKey, 'k', 'ES256');
const rsaJwk = exportPublicJwk(rsa.publicKey, 'k', 'RS256');
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });

describe('a key set', () => {
  it('uses each key only for the algorithm that it states', () => {
    const keys = importKeySet({ keys: [{ ...rsaJwk, alg: 'PS256' }] });
    expect(keys.find('k', 'PS256')?.algorithm).toBe('PS256');
    expect(keys.find('k', 'RS256')).toBeUndefined();
  });

  it('takes the algorithm of the type where none is stated', () => {
    const keys = importKeySet({
      keys: [
        { ...ecJwk, alg: undefined },
        { ...rsaJwk, alg: undefined },
      ],
    });
    expect(keys.find('k', 'ES256')).toBeDefined();
    expect(keys.find('k', 'RS256')).toBeDefined();
    expect(keys.find('k', 'PS256')).toBeUndefined();
  });

  it('names a key without kid by its thumbprint', () => {
    const keys = importKeySet({ keys: [{ ...ecJwk, kid: undefined }] });
    expect(keys.find(thumbprint(ec.publicKey), 'ES256')).toBeDefined();
  });

  const skipped: readonly (readonly [string, unknown])[] = [
    ['for encryption', { ...ecJwk, use: 'enc' }],
    ['whose operations are others', { ...ecJwk, key_ops: ['encrypt'] }],
    ['whose operations are no list', { ...ecJwk, key_ops: 'verify' }],
    ['that is symmetric', { kty: 'oct', k: 'AAAA', kid: 'k', alg: 'HS256' }],
    ['of an unknown type', { kty: 'XYZ', kid: 'k' }],
    ['of an unknown algorithm', { ...ecJwk, alg: 'ES256K' }],
    ['whose algorithm is of another type', { ...ecJwk, alg: 'RS256' }],
    ['whose algorithm is of another curve', { ...ecJwk, alg: 'EdDSA' }],
    ['of RSA with 1024 bits', exportPublicJwk(weak.publicKey, 'k', 'RS256')],
    ['of RSA with exponent 1', { ...rsaJwk, e: 'AQ' }],
    [
      'of RSA with an exponent of 33 bits',
      { ...rsaJwk, e: Buffer.from('0100000001', 'hex').toString('base64url') },
    ],
    ['of RSA with an exponent as long as its modulus', { ...rsaJwk, e: rsaJwk['n'] }],
    ['whose point is not on the curve', { ...ecJwk, x: ecJwk['y'], y: ecJwk['x'] }],
    [
      'whose point is of another curve',
      exportPublicJwk(
        generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey,
        'k',
        'ES256',
      ),
    ],
    ['without a point', { kty: 'EC', crv: 'P-256', kid: 'k' }],
    ['that is null', null],
    ['that is a text', 'key'],
  ];
  it.each(skipped)('skips a key %s and keeps the others', (_name, jwk) => {
    const good = { ...ecJwk, kid: 'good' };
    const keys = importKeySet({ keys: [jwk, good] });
    for (const algorithm of signingAlgorithms) expect(keys.find('k', algorithm)).toBeUndefined();
    expect(keys.find('good', 'ES256')).toBeDefined();
  });

  it('never keeps a private half that was published by mistake', () => {
    const keys = importKeySet({ keys: [{ ...ec.privateKey.export({ format: 'jwk' }), kid: 'k' }] });
    expect(keys.find('k', 'ES256')?.publicKey.type).toBe('public');
  });

  it.each([undefined, null, {}, [], 'keys', { keys: {} }])('is not made of %j', (value) => {
    expect(() => importKeySet(value)).toThrow(
      new TypeError('This is not a JWK set: it has no array "keys".'),
    );
  });
});

describe('an RSA key', () => {
  const of = (bits: number, e = 'AQAB') => {
    const modulus = Buffer.alloc(Math.ceil(bits / 8), 0xff);
    modulus[0] = 0xff >> ((8 - (bits % 8)) % 8);
    const keys = importKeySet({
      keys: [{ kty: 'RSA', kid: 'k', n: modulus.toString('base64url'), e }],
    });
    return keys.find('k', 'RS256');
  };

  // RFC 7518 §3.3 demands at least 2048. A key above 8192 makes each verification expensive.
  it.each([2048, 3072, 8192])('of %i bits is accepted', (bits) => {
    expect(of(bits)).toBeDefined();
  });

  it.each([1024, 2047, 8193, 8200, 16_384])('of %i bits is skipped', (bits) => {
    expect(of(bits)).toBeUndefined();
  });

  it.each([
    ['1', 'AQ'],
    ['2', 'Ag'],
    ['2 to the 32 and 1', Buffer.from('0100000001', 'hex').toString('base64url')],
    ['as long as the modulus', Buffer.alloc(256, 0xfd).toString('base64url')],
  ])('with the exponent %s is skipped', (_name, e) => {
    expect(of(2048, e)).toBeUndefined();
  });

  it.each([
    ['3', 'Aw'],
    ['2 to the 32 less 1', '_____w'],
  ])('with the exponent %s is accepted', (_name, e) => {
    expect(of(2048, e)).toBeDefined();
  });
});

describe('a signing key', () => {
  it.each(signingAlgorithms)(
    'of %s is published without its private half and found again',
    async (algorithm) => {
      const { kid, privateKey, publicJwk } = await generateSigningKey(algorithm);
      for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
        expect(publicJwk).not.toHaveProperty(name);
      expect(publicJwk).toMatchObject({ kid, alg: algorithm, use: 'sig' });
      const found = importKeySet({ keys: [publicJwk] }).find(kid, algorithm);
      expect(found?.publicKey.equals(createPublicKey(privateKey))).toBe(true);
    },
  );

  it('comes back from PKCS #8', () => {
    expect(importPrivateKey(exportPrivateKey(ec.privateKey)).equals(ec.privateKey)).toBe(true);
  });

  it('has the thumbprint of RFC 7638 §3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
    expect(thumbprint(key)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });
});
