/**
 * How each algorithm signs. This is a file of its own, because a program that only verifies tokens
 * (a bundled guard) does not need it.
 */
import { type KeyObject, sign } from 'node:crypto';
import { pss, type SigningAlgorithm } from './algorithms.ts';
import { derToRaw } from './ecdsa-signature.ts';

/** @throws if the key does not fit */
type Sign = (data: Uint8Array, privateKey: KeyObject) => Buffer;

export const signers: Readonly<Record<SigningAlgorithm, Sign>> = {
  ES256: (data, key) => derToRaw(sign('sha256', data, key)),
  RS256: (data, key) => sign('sha256', data, key),
  PS256: (data, key) => sign('sha256', data, { key, ...pss }),
  EdDSA: (data, key) => sign(null, data, key),
  Ed25519: (data, key) => sign(null, data, key),
  'ML-DSA-65': (data, key) => sign(null, data, key),
};
