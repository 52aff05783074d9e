/**
 * Keys: JWK sets (RFC 7517), thumbprints (RFC 7638), new signing keys, and stored private keys
 * (PKCS #8).
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  hash,
  type KeyObject,
  type webcrypto,
} from 'node:crypto';
import { promisify } from 'node:util';
import {
  algorithms,
  isSigningAlgorithm,
  type SigningAlgorithm,
  signingAlgorithms,
} from './algorithms.ts';

/** A public key that checks signatures of one algorithm. */
export interface VerificationKey {
  readonly kid: string;
  /** The one algorithm of this key. */
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: KeyObject;
}

/** Public keys, found by name and algorithm. */
export interface KeySet {
  /**
   * The key of this `kid` and algorithm. Without a `kid`: the key of this algorithm, if there is
   * exactly one.
   */
  find(kid: string | undefined, algorithm: string): VerificationKey | undefined;
}

/** A JSON Web Key (RFC 7517 §4) whose members are not checked yet. */
export type Jwk = Readonly<Record<string, unknown>>;

/** A set of keys that are already read. Does not check their strength: `importKeySet` does. */
export function createKeySet(keys: readonly VerificationKey[]): KeySet {
  const byName = new Map(keys.map((key) => [`${key.algorithm} ${key.kid}`, key]));
  const lone = new Map(
    signingAlgorithms.map((algorithm) => [algorithm as string, loneKey(keys, algorithm)]),
  );
  return {
    find: (kid, algorithm) =>
      kid === undefined ? lone.get(algorithm) : byName.get(`${algorithm} ${kid}`),
  };
}

function loneKey(keys: readonly VerificationKey[], algorithm: string): VerificationKey | undefined {
  const ofAlgorithm = keys.filter((key) => key.algorithm === algorithm);
  return ofAlgorithm.length === 1 ? ofAlgorithm[0] : undefined;
}

/**
 * Reads a JWK set. Skips keys that it cannot use, because a set may have keys for others: unknown
 * types and algorithms, shared secrets, `use` other than `sig`, points not on their curve, RSA
 * below 2048 bits.
 * @throws TypeError if it is no JWK set (RFC 7517 §5)
 */
export function importKeySet(jwks: unknown): KeySet {
  const keys = (jwks as { keys?: unknown } | null | undefined)?.keys;
  if (!Array.isArray(keys)) throw new TypeError('This is not a JWK set: it has no array "keys".');
  return createKeySet(keys.map(importKey).filter((key) => key !== undefined));
}

/**
 * Reads one JWK. Undefined if `importKeySet` would skip it. Without a `kid` its name is its
 * thumbprint.
 */
export function importKey(jwk: unknown): VerificationKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  const members = jwk as Jwk;
  const algorithm = algorithmOf(members);
  if (algorithm === undefined || !isForSignatures(members)) return undefined;
  const publicKey = importPublicKey(members);
  if (publicKey === undefined || !algorithms[algorithm].accepts(publicKey)) return undefined;
  const kid = typeof members['kid'] === 'string' ? members['kid'] : thumbprint(publicKey);
  return { kid, algorithm, publicKey };
}

/** `alg` if it is present and fits the type. Otherwise the default of the type and curve. */
function algorithmOf(jwk: Jwk): SigningAlgorithm | undefined {
  const fits = (name: SigningAlgorithm) =>
    algorithms[name].kty === jwk['kty'] && algorithms[name].crv === jwk['crv'];
  // A key of the type AKP has no meaning without its algorithm (draft-ietf-cose-dilithium §6).
  if (jwk['alg'] === undefined)
    return jwk['kty'] === 'AKP' ? undefined : signingAlgorithms.find(fits);
  return isSigningAlgorithm(jwk['alg']) && fits(jwk['alg']) ? jwk['alg'] : undefined;
}

/** RFC 7517 §4.2, §4.3. */
function isForSignatures(jwk: Jwk): boolean {
  const operations = jwk['key_ops'];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return false;
  return jwk['use'] === undefined || jwk['use'] === 'sig';
}

function importPublicKey(jwk: Jwk): KeyObject | undefined {
  const { kty, crv, x, y, n, e, pub } = jwk;
  const alg = kty === 'AKP' ? jwk['alg'] : undefined;
  try {
    return createPublicKey({
      key: { kty, crv, x, y, n, e, pub, alg } as webcrypto.JsonWebKey,
      format: 'jwk',
    });
  } catch {
    return undefined;
  }
}

/**
 * The thumbprint of a key, whichever half is given (RFC 7638 §3): SHA-256 over its required
 * members, as 43 characters of base64url. Of an AKP key those are `alg`, `kty` and `pub`.
 */
export function thumbprint(key: KeyObject): string {
  const { alg, kty, crv, x, y, n, e, pub } = publicHalf(key).export({ format: 'jwk' }) as Jwk;
  // JSON.stringify leaves out undefined members. The order is that of the names.
  return hash('sha256', JSON.stringify({ alg, crv, e, kty, n, pub, x, y }), 'base64url');
}

function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key;
}

/** The public half of a key as it is published (RFC 7517 §4). Both halves are accepted. */
export function exportPublicJwk(
  key: KeyObject,
  kid: string,
  algorithm: SigningAlgorithm,
): Record<string, unknown> {
  return { ...publicHalf(key).export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
}

/** A new signing key with its published public half. */
export interface GeneratedKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: Record<string, unknown>;
}

const generate = /* @__PURE__ */ promisify(generateKeyPair);

async function generatePrivateKey(
  algorithm: SigningAlgorithm,
  rsaBits: number,
): Promise<KeyObject> {
  if (algorithm === 'ES256') return (await generate('ec', { namedCurve: 'prime256v1' })).privateKey;
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519')
    return (await generate('ed25519')).privateKey;
  if (algorithm === 'ML-DSA-65') return (await generate('ml-dsa-65')).privateKey;
  return (await generate('rsa', { modulusLength: rsaBits })).privateKey;
}

/**
 * Makes a signing key, on the thread pool. `rsaBits` is for RS256 and PS256: 2048 by default, 3072
 * for 128 bits of strength. Stores nothing.
 * @example
 * ```ts
 * import { generateSigningKey, signJwtSync } from '@keywright/jwt';
 *
 * const { kid, privateKey } = await generateSigningKey('ES256');
 * const iat = Math.floor(Date.now() / 1000);
 * const claims = { iss: 'https://login.example.com', sub: 'usr_ada', iat, exp: iat + 300 };
 * console.log(signJwtSync({ kid, algorithm: 'ES256', privateKey }, 'at+jwt', claims));
 * ```
 */
export async function generateSigningKey(
  algorithm: SigningAlgorithm,
  { rsaBits = 2048 }: { readonly rsaBits?: number } = {},
): Promise<GeneratedKey> {
  const privateKey = await generatePrivateKey(algorithm, rsaBits);
  const kid = thumbprint(privateKey);
  return { kid, privateKey, publicJwk: exportPublicJwk(privateKey, kid, algorithm) };
}

/** A private key as PKCS #8 in DER (RFC 5208), not encrypted: seal it before you store it. */
export function exportPrivateKey(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: 'pkcs8' });
}

/**
 * Reads a private key from PKCS #8 in DER (RFC 5208). Does not check its strength.
 * @throws Error if it is no such key
 */
export function importPrivateKey(der: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
}
