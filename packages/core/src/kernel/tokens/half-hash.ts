/**
 * `at_hash`, `c_hash` and `s_hash`: the left half of the hash of the signature algorithm (OpenID
 * Connect Core §3.1.3.6, §3.3.2.11; FAPI 1.0 §5.1.1 for the state). Ed25519 uses SHA-512 itself.
 * Nothing is specified for ML-DSA, and SHA-512 fits its strength.
 */
import { hash } from 'node:crypto';
import type { SigningAlgorithm } from '@keywright/jwt';

export function halfHash(value: string, algorithm: SigningAlgorithm): string {
  const name = algorithm.endsWith('256') ? 'sha256' : 'sha512';
  const whole = hash(name, Buffer.from(value), 'buffer');
  return whole.subarray(0, whole.length / 2).toString('base64url');
}
