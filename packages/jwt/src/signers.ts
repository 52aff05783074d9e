/**
 * How each algorithm signs. Apart from how it verifies: whoever checks tokens (a guard, in other
 * people's bundles) never signs.
 */
import { type KeyObject, sign } from 'node:crypto';
import { pss, type SigningAlgorithm } from './algorithms.ts';
import { derToRaw } from './ecdsa-signature.ts';

/** @throws when the key does not fit */
type Sign = (data: Uint8Array, privateKey: KeyObject) => Buffer;

export const signers: Readonly<Record<SigningAlgorithm, Sign>> = {
  ES256: (data, key) => derToRaw(sign('sha256', data, key)),
  RS256: (data, key) => sign('sha256', data, key),
  PS256: (data, key) => sign('sha256', data, { key, ...pss }),
  EdDSA: (data, key) => sign(null, data, key),
  Ed25519: (data, key) => sign(null, data, key),
  'ML-DSA-65': (data, key) => sign(null, data, key),
};
