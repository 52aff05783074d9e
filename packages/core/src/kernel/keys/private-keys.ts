/**
 * Where private keys are kept. The store holds of each key what is public, and a reference by which its keeper finds the other half: sealed
 * in the store itself by default; in files, a key management service or a hardware module where a port says so.
 */
import { exportPrivateKey, generateSigningKey, importPrivateKey } from '@keywright/jwt';
import {
  type DecryptionAlgorithm,
  decryptionAlgorithms,
  generateDecryptionPair,
} from '@keywright/jwt/encryption';
import type { Vault } from '../../model/ports.ts';
import type { KeptAlgorithm, PrivateKeys } from '../../model/key-ports.ts';

export const purpose = 'signing-key';

export function isDecryptionAlgorithm(algorithm: KeptAlgorithm): algorithm is DecryptionAlgorithm {
  return (decryptionAlgorithms as readonly string[]).includes(algorithm);
}

/** A new pair of either kind, for whoever keeps it. */
export function generateKey(algorithm: KeptAlgorithm, options: { readonly rsaBits: number }) {
  return isDecryptionAlgorithm(algorithm)
    ? generateDecryptionPair(algorithm, options)
    : generateSigningKey(algorithm, options);
}

/** The default: AES-256-GCM, bound to the `kid`; the sealing key is not in the store. */
export function createSealedKeys(vault: Pick<Vault, 'seal' | 'unseal'>): PrivateKeys {
  return {
    make: async (algorithm, options) => {
      const { kid, privateKey, publicJwk } = await generateKey(algorithm, options);
      return { kid, publicJwk, reference: vault.seal(purpose, exportPrivateKey(privateKey), kid) };
    },
    open: ({ kid, algorithm, sealedPrivateKey }) => {
      const der = vault.unseal(purpose, sealedPrivateKey, kid);
      if (der === undefined) throw new Error(`signing key ${kid} was sealed with another sealing key`);
      return { kid, algorithm, privateKey: importPrivateKey(der) };
    },
  };
}
