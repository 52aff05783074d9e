/**
 * Keys of ECDH-ES (RFC 7518 §4.6, RFC 8037 §3.2): key pairs that open, public keys that callers
 * seal for, and the agreement of two keys. Only X25519 and P-256.
 */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  type webcrypto,
} from 'node:crypto';
import { type Jwk, thumbprint } from './key-set.ts';
import { hasPrivateMember } from './private-member.ts';

export const agreementCurves = ['X25519', 'P-256'] as const;
/** A curve of ECDH-ES that keys may be on (RFC 7518 §4.6, RFC 8037 §3.2). */
export type AgreementCurve = (typeof agreementCurves)[number];

/** A key pair that opens messages sealed for it. */
export interface AgreementKey {
  readonly kid: string;
  readonly curve: AgreementCurve;
  readonly privateKey: KeyObject;
  /** The public half as a receiver publishes it. */
  readonly publicJwk: Jwk;
}

/** The public key of a receiver, which callers seal for. */
export interface SealingKey {
  readonly kid: string;
  readonly curve: AgreementCurve;
  readonly publicKey: KeyObject;
}

const typeOf = { X25519: 'OKP', 'P-256': 'EC' } as const;
const coordinates = { X25519: ['x'], 'P-256': ['x', 'y'] } as const;

function isCurve(name: unknown): name is AgreementCurve {
  return name === 'X25519' || name === 'P-256';
}

/** 32 bytes in their one canonical form: 43 characters whose surplus bits are zero. */
function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{42}[AEIMQUYcgkosw048]$/.test(value);
}

/**
 * The public key. Undefined for another type or curve, for private members, and for a point that is
 * not on the curve (RFC 7516 §11.4 by RFC 8725 §3.4). `agree` finds low-order points of X25519.
 */
export function importAgreementPublicKey(jwk: Jwk, curve: AgreementCurve): KeyObject | undefined {
  if (jwk['crv'] !== curve || jwk['kty'] !== typeOf[curve]) return undefined;
  if (!coordinates[curve].every((name) => isCoordinate(jwk[name]))) return undefined;
  if (hasPrivateMember(jwk)) return undefined;
  const { kty, crv, x, y } = jwk;
  try {
    const key = curve === 'P-256' ? { kty, crv, x, y } : { kty, crv, x };
    return createPublicKey({ key: key as webcrypto.JsonWebKey, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/**
 * The shared secret (Z). Undefined for another curve, or for a point of low order (RFC 7748 §6.1).
 */
export function agree(privateKey: KeyObject, publicKey: KeyObject): Buffer | undefined {
  try {
    return diffieHellman({ privateKey, publicKey });
  } catch {
    return undefined;
  }
}

/**
 * Reads a private JWK (RFC 7517, RFC 8037 §2). Undefined if it is of neither curve or its halves do
 * not belong together. Without a `kid` its name is its thumbprint.
 */
export function importAgreementKey(jwk: Jwk): AgreementKey | undefined {
  const { kty, crv, x, y, d, kid } = jwk;
  if (!isCurve(crv) || !isCoordinate(d)) return undefined;
  const own = importAgreementPublicKey({ kty, crv, x, y }, crv);
  if (own === undefined) return undefined;
  const privateKey = importPrivateHalf(jwk, crv);
  if (privateKey === undefined || !createPublicKey(privateKey).equals(own)) return undefined;
  const name = typeof kid === 'string' && kid !== '' ? kid : thumbprint(own);
  return { kid: name, curve: crv, privateKey, publicJwk: exportSealingJwk(own, name) };
}

function importPrivateHalf(
  { kty, crv, x, y, d }: Jwk,
  curve: AgreementCurve,
): KeyObject | undefined {
  try {
    const key = curve === 'P-256' ? { kty, crv, x, y, d } : { kty, crv, x, d };
    return createPrivateKey({ key: key as webcrypto.JsonWebKey, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function exportSealingJwk(key: KeyObject, kid: string): Jwk {
  return { ...key.export({ format: 'jwk' }), kid, alg: 'ECDH-ES', use: 'enc' };
}

/**
 * The first key of a JWK set that callers can seal for: `use` is `enc`, `alg` is `ECDH-ES`, and it
 * has a `kid`. Skips other keys. Undefined if there is none, or if this is no JWK set (RFC 7517
 * §5).
 */
export function findSealingKey(jwks: unknown): SealingKey | undefined {
  const keys = (jwks as { keys?: unknown } | null | undefined)?.keys;
  if (!Array.isArray(keys)) return undefined;
  for (const jwk of keys as unknown[]) {
    const found =
      typeof jwk === 'object' && jwk !== null ? importSealingKey(jwk as Jwk) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Reads one published JWK. Undefined if callers cannot seal for it. */
export function importSealingKey(jwk: Jwk): SealingKey | undefined {
  const { crv, kid, use, alg } = jwk;
  if (
    use !== 'enc' ||
    alg !== 'ECDH-ES' ||
    typeof kid !== 'string' ||
    kid === '' ||
    !isCurve(crv)
  ) {
    return undefined;
  }
  const publicKey = importAgreementPublicKey(jwk, crv);
  return publicKey === undefined ? undefined : { kid, curve: crv, publicKey };
}

export function generatePair(curve: AgreementCurve): KeyObject {
  if (curve === 'X25519') return generateKeyPairSync('x25519').privateKey;
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/**
 * Makes a private JWK for a receiver. Its name is its thumbprint (RFC 7638). It is a secret: store
 * it like other secrets.
 * @example
 * ```ts
 * import { generateDecryptionKey } from '@keywright/jwt';
 *
 * console.log(JSON.stringify(generateDecryptionKey()));
 * ```
 */
export function generateDecryptionKey(curve: AgreementCurve = 'X25519'): Jwk {
  const key = generatePair(curve);
  return { ...key.export({ format: 'jwk' }), kid: thumbprint(key), alg: 'ECDH-ES', use: 'enc' };
}

/** The private keys of a receiver, by their `kid`. */
export interface AgreementKeySet {
  find(kid: string): AgreementKey | undefined;
  /** The public halves, in the given order. Callers take the first. */
  readonly publicJwks: readonly Jwk[];
}

/**
 * Reads the private JWKs of a receiver. Callers use the first. The others open what was sealed for
 * them before or elsewhere, so that a key can be replaced without a gap.
 * @throws TypeError if there is none, if one cannot be used, or if two have one name
 */
export function importAgreementKeys(jwks: readonly Jwk[]): AgreementKeySet {
  const keys = jwks.map((jwk, at) => {
    const key = importAgreementKey(jwk);
    if (key === undefined)
      throw new TypeError(`Key ${at} is not a private JWK of X25519 or P-256.`);
    return key;
  });
  const byKid = new Map(keys.map((key) => [key.kid, key]));
  if (keys.length === 0 || byKid.size !== keys.length) {
    throw new TypeError('Decryption keys: at least one, and each with its own kid.');
  }
  return { find: (kid) => byKid.get(kid), publicJwks: keys.map((key) => key.publicJwk) };
}
