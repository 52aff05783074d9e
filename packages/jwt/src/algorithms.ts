/**
 * Signature algorithms (RFC 7518 §3, RFC 8037 §3.1, RFC 9864 §2.2, draft-ietf-cose-dilithium §4):
 * how each verifies, and which keys it accepts. `signers.ts` says how each signs.
 */
import { constants, type KeyObject, verify } from 'node:crypto';
import { rawToDer } from './ecdsa-signature.ts';

/**
 * The signature algorithms that keys and tokens may have (RFC 7518 §3, RFC 8037 §3.1, RFC 9864
 * §2.2, draft-ietf-cose-dilithium §4). `none` and shared secrets are not among them (RFC 8725
 * §3.1).
 */
export const signingAlgorithms = [
  'ES256',
  'RS256',
  'PS256',
  'EdDSA',
  'Ed25519',
  'ML-DSA-65',
] as const;
/** The name of a signature algorithm, as `alg` states it. */
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/**
 * RFC 9864 §2.2: two names of one algorithm, because `EdDSA` is accepted with the curve Ed25519
 * only.
 */
const edwards: readonly string[] = ['EdDSA', 'Ed25519'];

/**
 * All names of an algorithm (RFC 9864 §2.2): `EdDSA` and `Ed25519` are the same here. Libraries
 * have changed the name that they write, while keys and registrations kept the old one.
 */
export function namesOf(algorithm: string): readonly string[] {
  return edwards.includes(algorithm) ? edwards : [algorithm];
}

export interface Algorithm {
  /** `kty` of its JWK. */
  readonly kty: 'EC' | 'RSA' | 'OKP' | 'AKP';
  /** `crv` of its JWK, if the type has curves. */
  readonly crv?: string;
  /** Returns false for every wrong signature. Never throws. */
  verify(data: Uint8Array, publicKey: KeyObject, signature: Uint8Array): boolean;
  /** Whether this key, public or private, is of the right type and strong enough. */
  accepts(key: KeyObject): boolean;
}

/**
 * RFC 7518 §3.3: at least 2048 bits. Above 8192 bits, one verification costs more than a request
 * should.
 */
const rsaBits = { least: 2048, most: 8192 };
/**
 * The exponents 3 and 65537 are in use. An exponent as long as the modulus makes a verification a
 * hundred times as expensive.
 */
const largestExponent = 0xffff_ffffn;
/** RFC 7518 §3.5: the salt is as long as the hash, MGF1 uses the same hash. */
export const pss = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
};

/** For both uses: signing and encryption. */
export function isStrongRsa(key: KeyObject): boolean {
  if (key.asymmetricKeyType !== 'rsa') return false;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (publicExponent <= 2n || publicExponent > largestExponent) return false;
  return modulusLength >= rsaBits.least && modulusLength <= rsaBits.most;
}

const es256: Algorithm = {
  kty: 'EC',
  crv: 'P-256',
  verify: (data, key, signature) => {
    const der = rawToDer(signature);
    return der !== undefined && verify('sha256', data, key, der);
  },
  accepts: (key) =>
    key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
};

const rs256: Algorithm = {
  kty: 'RSA',
  verify: (data, key, signature) => verify('sha256', data, key, signature),
  accepts: isStrongRsa,
};

const ps256: Algorithm = {
  kty: 'RSA',
  verify: (data, key, signature) => verify('sha256', data, { key, ...pss }, signature),
  accepts: isStrongRsa,
};

const edDsa: Algorithm = {
  kty: 'OKP',
  crv: 'Ed25519',
  verify: (data, key, signature) => signature.length === 64 && verify(null, data, key, signature),
  accepts: (key) => key.asymmetricKeyType === 'ed25519',
};

/**
 * Keys of this type name their algorithm. Runtimes that do not know the algorithm have no such
 * keys.
 */
const mlDsa65: Algorithm = {
  kty: 'AKP',
  verify: (data, key, signature) => verify(null, data, key, signature),
  accepts: (key) => (key.asymmetricKeyType as string | undefined) === 'ml-dsa-65',
};

export const algorithms: Readonly<Record<SigningAlgorithm, Algorithm>> = {
  ES256: es256,
  RS256: rs256,
  PS256: ps256,
  EdDSA: edDsa,
  Ed25519: edDsa,
  'ML-DSA-65': mlDsa65,
};

/**
 * Exact and case-sensitive. `none`, `HS256` and similar names are not in the list (RFC 8725 §3.1,
 * §3.2).
 */
export function isSigningAlgorithm(name: unknown): name is SigningAlgorithm {
  return typeof name === 'string' && Object.hasOwn(algorithms, name);
}
