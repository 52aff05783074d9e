/**
 * Arithmetic on P-256 (SEC 2 §2.4.2) with numbers of any size, slow and simple. It makes signatures
 * and keys that no library makes, but that a verifier must check correctly. For tests only: its
 * time depends on the secret.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

export const field = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
export const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const a = field - 3n;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}
/** Undefined is the point at infinity. */
type MaybePoint = Point | undefined;

export const generator: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

export const modulo = (value: bigint, of: bigint) => ((value % of) + of) % of;

export function power(base: bigint, exponent: bigint, of: bigint): bigint {
  let result = 1n;
  let square = modulo(base, of);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % of;
    square = (square * square) % of;
  }
  return result;
}

/** Both moduli are prime. */
export const inverse = (value: bigint, of: bigint) => power(value, of - 2n, of);

export function negate(point: Point): Point {
  return { x: point.x, y: field - point.y };
}

export function add(one: MaybePoint, two: MaybePoint): MaybePoint {
  if (one === undefined) return two;
  if (two === undefined) return one;
  if (one.x === two.x && one.y !== two.y) return undefined;
  const slope =
    one.x === two.x
      ? (3n * one.x * one.x + a) * inverse(2n * one.y, field)
      : (two.y - one.y) * inverse(modulo(two.x - one.x, field), field);
  const x = modulo(slope * slope - one.x - two.x, field);
  return { x, y: modulo(slope * (one.x - x) - one.y, field) };
}

export function multiply(point: MaybePoint, factor: bigint): MaybePoint {
  let result: MaybePoint;
  let doubled = point;
  for (let rest = modulo(factor, order); rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = add(result, doubled);
    doubled = add(doubled, doubled);
  }
  return result;
}

/** One of the two points with this x, or undefined: half of all x have none. */
export function pointAt(x: bigint): MaybePoint {
  const square = modulo(x * x * x + a * x + b, field);
  const y = power(square, (field + 1n) / 4n, field);
  return modulo(y * y, field) === square ? { x, y } : undefined;
}

export const toBytes = (value: bigint, length = 32) =>
  Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
export const toNumber = (bytes: Uint8Array) =>
  BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
export const signature = (r: bigint, s: bigint) => Buffer.concat([toBytes(r), toBytes(s)]);
/** The number that ECDSA signs for a text (SEC 1 §4.1.3). */
export const digestOf = (text: Uint8Array) => toNumber(createHash('sha256').update(text).digest());

export function toJwk({ x, y }: Point): Record<string, string> {
  return {
    kty: 'EC',
    crv: 'P-256',
    x: toBytes(x).toString('base64url'),
    y: toBytes(y).toString('base64url'),
  };
}

export function toKey(point: MaybePoint): KeyObject {
  if (point === undefined) throw new RangeError('The point at infinity is no key.');
  return createPublicKey({ key: toJwk(point), format: 'jwk' });
}

/** ECDSA with a given nonce. */
export function signWith(
  secret: bigint,
  nonce: bigint,
  text: Uint8Array,
): { r: bigint; s: bigint } {
  const r = modulo(multiply(generator, nonce)?.x ?? 0n, order);
  return { r, s: modulo(inverse(nonce, order) * (digestOf(text) + r * secret), order) };
}

/**
 * The public key for which this point and this s are a signature of the text: (s R - e G) / r.
 * Nobody knows its private key. Undefined if there is none.
 */
export function keyFor(nonce: Point, s: bigint, text: Uint8Array): MaybePoint {
  const r = modulo(nonce.x, order);
  const sum = add(multiply(nonce, s), multiply(generator, order - modulo(digestOf(text), order)));
  return multiply(sum, inverse(r, order));
}
