/** Signature algorithms (RFC 7518 §3, RFC 8037 §3.1): how each verifies, and which keys it takes. How each signs: `signers.ts`. */
import { constants, type KeyObject, verify } from 'node:crypto';
import { rawToDer } from './ecdsa-signature.ts';

export const signingAlgorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

export interface Algorithm {
  /** `kty` of its JWK. */
  readonly kty: 'EC' | 'RSA' | 'OKP';
  /** `crv` of its JWK, where the type has curves. */
  readonly crv?: string;
  /** False for every signature that is not the right one; never throws. */
  verify(data: Uint8Array, publicKey: KeyObject, signature: Uint8Array): boolean;
  /** Whether this key, public or private, is of the right type and strong enough. */
  accepts(key: KeyObject): boolean;
}

/** RFC 7518 §3.3: at least 2048 bits. Past 8192 one verification costs more than a request should. */
const rsaBits = { least: 2048, most: 8192 };
/** In use are 3 and 65537. One as long as the modulus makes a verification a hundred times as dear. */
const largestExponent = 0xffff_ffffn;
/** RFC 7518 §3.5: the salt is as long as the hash, MGF1 uses the same hash. */
export const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

function isStrongRsa(key: KeyObject): boolean {
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
  accepts: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
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

export const algorithms: Readonly<Record<SigningAlgorithm, Algorithm>> = {
  ES256: es256,
  RS256: rs256,
  PS256: ps256,
  EdDSA: edDsa,
};

/** Exact and case-sensitive: `none`, `HS256` and look-alikes are simply not here (RFC 8725 §3.1, §3.2). */
export function isSigningAlgorithm(name: unknown): name is SigningAlgorithm {
  return typeof name === 'string' && Object.hasOwn(algorithms, name);
}
