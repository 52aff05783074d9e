/**
 * Edge cases of ECDH-ES and A256GCM. The kinds are those of Wycheproof (ECDH over P-256 and
 * X25519). The messages are sealed here by hand, so that the point and the secret can have the
 * faults that other libraries had.
 */
import {
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
} from 'node:crypto';
import { compactDecrypt, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { JwtError } from './jwt-error.ts';
import { openJwe, sealJwe } from './jwe.ts';
import {
  generateDecryptionKey,
  generatePair,
  importAgreementKeys,
  importSealingKey,
} from './key-agreement.ts';
import type { Jwk } from './key-set.ts';
import {
  add,
  field,
  generator,
  modulo,
  multiply,
  negate,
  order,
  type Point,
  pointAt,
  toBytes,
  toJwk,
  toNumber,
} from './testing-parts/p256.ts';

const typ = 'api-key+jwe';
const text = '{"key":"kwk"}';
const numberOf = (value: unknown) => toNumber(Buffer.from(String(value), 'base64url'));

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** RFC 7518 §4.6.2 without apu and apv, written a second time. */
function deriveKey(secret: Uint8Array): Buffer {
  const info = [uint32(7), Buffer.from('A256GCM'), uint32(0), uint32(0), uint32(256)];
  return createHash('sha256')
    .update(Buffer.concat([uint32(1), secret, ...info]))
    .digest();
}

/** A message to `kid` with the given epk and secret. */
function sealByHand(kid: unknown, epk: object, secret: Uint8Array): string {
  const header = { alg: 'ECDH-ES', enc: 'A256GCM', typ, kid, epk };
  const head = Buffer.from(JSON.stringify(header)).toString('base64url');
  const nonce = Buffer.alloc(12, 3);
  const sealing = createCipheriv('aes-256-gcm', deriveKey(secret), nonce);
  sealing.setAAD(Buffer.from(head));
  const sealed = Buffer.concat([sealing.update(text), sealing.final()]);
  const parts = [nonce, sealed, sealing.getAuthTag()].map((part) => part.toString('base64url'));
  return `${head}..${parts.join('.')}`;
}

function open(message: string, jwk: Jwk): string {
  try {
    return openJwe(message, { keys: importAgreementKeys([jwk]), typ }).toString();
  } catch (error) {
    if (error instanceof JwtError) return error.reason;
    throw error;
  }
}

const p256 = generateDecryptionKey('P-256');
const x25519 = generateDecryptionKey('X25519');
const secretNumber = numberOf(p256['d']);
const ownPoint: Point = { x: numberOf(p256['x']), y: numberOf(p256['y']) };

/** The first point with an x from `start` on. */
function pointFrom(start: bigint): Point {
  for (let x = start; ; x += 1n) {
    const point = pointAt(x);
    if (point !== undefined) return point;
  }
}

const edgePoints: readonly (readonly [string, Point])[] = [
  ['the generator', generator],
  ['its negative', negate(generator)],
  ['its double', add(generator, generator)!],
  ['the receiver’s own point', ownPoint],
  ['its negative', negate(ownPoint)],
  ['a point with the least x', pointFrom(0n)],
  ['a point with a small x', pointFrom(2n ** 32n)],
  ['a point with the greatest x', pointFrom(field - 60n)],
  ['a point with an x past the order', pointFrom(order + 1n)],
  ['a point with a long run of zero bits', pointFrom(2n ** 255n)],
];

describe('ECDH-ES on P-256', () => {
  it.each(edgePoints)('opens what was sealed by %s', (_name, point) => {
    const shared = multiply(point, secretNumber)!;
    expect(open(sealByHand(p256['kid'], toJwk(point), toBytes(shared.x)), p256)).toBe(text);
  });

  it('refuses points that are not on the curve, because the secret would reveal the key (invalid curve)', () => {
    for (let n = 1n; n <= 40n; n += 1n) {
      const point = {
        x: modulo(n * 0x9e3779b97f4a7c15n ** 4n, field),
        y: modulo(n * 0xbf58476d1ce4e5b9n ** 4n, field),
      };
      // The result of a library that does not check the point: the formulas never use b.
      const shared = multiply(point, secretNumber);
      const secret = toBytes(shared?.x ?? 0n);
      expect(open(sealByHand(p256['kid'], toJwk(point), secret), p256)).toBe('sealed_key_invalid');
    }
  });

  it('refuses coordinates that are not below the field, although they are the same point', () => {
    const point = pointFrom(0n);
    const secret = toBytes(multiply(point, secretNumber)!.x);
    const jwk = { ...toJwk(point), x: toBytes(point.x + field).toString('base64url') };
    expect(open(sealByHand(p256['kid'], jwk, secret), p256)).toBe('sealed_key_invalid');
  });
});

/**
 * An ephemeral key whose shared secret with the receiver begins with a zero byte: one of 256 does.
 */
function ephemeralWithZero(curve: 'P-256' | 'X25519', receiver: KeyObject): KeyObject {
  for (;;) {
    const privateKey = generatePair(curve);
    if (diffieHellman({ privateKey, publicKey: receiver })[0] === 0) return privateKey;
  }
}

describe.each([
  ['P-256', p256],
  ['X25519', x25519],
] as const)('a secret on %s that begins with a zero byte', (curve, jwk) => {
  it('gives secrets of full length, here and in jose, because otherwise one message in 256 could not be opened', async () => {
    const { d: _d, ...publicJwk } = jwk;
    const receiver = importSealingKey(publicJwk)!;
    const ephemeralKey = ephemeralWithZero(curve, receiver.publicKey);
    const message = sealJwe(text, typ, receiver, { ephemeralKey, nonce: Buffer.alloc(12, 1) });
    expect(open(message, jwk)).toBe(text);
    const { plaintext } = await compactDecrypt(message, await importJWK(jwk, 'ECDH-ES'));
    expect(Buffer.from(plaintext).toString()).toBe(text);
    const epk = createPublicKey(ephemeralKey).export({ format: 'jwk' });
    const secret = diffieHellman({ privateKey: ephemeralKey, publicKey: receiver.publicKey });
    expect(open(sealByHand(jwk['kid'], epk, secret), jwk)).toBe(text);
    expect(open(sealByHand(jwk['kid'], epk, secret.subarray(1)), jwk)).toBe('sealed_key_invalid');
  });
});

const hex = (value: string) => Buffer.from(value, 'hex');
const base64url = (value: string) => hex(value).toString('base64url');

describe('ECDH-ES with X25519', () => {
  /** RFC 7748 §6.1, as RFC 8037 A.6 uses it. */
  const bob = {
    kty: 'OKP',
    crv: 'X25519',
    kid: 'bob',
    x: base64url('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'),
    d: base64url('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'),
  };
  const alice = {
    kty: 'OKP',
    crv: 'X25519',
    x: base64url('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'),
  };
  const agreed = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');

  it('gives the secret of RFC 7748 §6.1', () => {
    expect(open(sealByHand('bob', alice, agreed), bob)).toBe(text);
    const d = base64url('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
    const ephemeralKey = createPrivateKey({ key: { ...alice, d }, format: 'jwk' });
    const { d: _d, ...published } = bob;
    const receiver = importSealingKey({ ...published, use: 'enc', alg: 'ECDH-ES' });
    expect(receiver).toBeDefined();
    expect(diffieHellman({ privateKey: ephemeralKey, publicKey: receiver!.publicKey })).toEqual(
      agreed,
    );
  });

  it('refuses a secret of zeros, from any point of low order (RFC 7748 §6.1)', () => {
    const low = [
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    ];
    for (const x of low) {
      const epk = { kty: 'OKP', crv: 'X25519', x: base64url(x) };
      expect(open(sealByHand('bob', epk, Buffer.alloc(32)), bob), x).toBe('sealed_key_invalid');
    }
  });
});
