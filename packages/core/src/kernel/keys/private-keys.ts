/**
 * The storage of private keys. The store has the public part of each key, and a reference for its
 * keeper. By default, the private part is sealed in the store. With a port, it is in files, a key
 * management service or a hardware module.
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

/** Makes a new key pair, for any keeper of private keys. */
export function generateKey(algorithm: KeptAlgorithm, options: { readonly rsaBits: number }) {
  return isDecryptionAlgorithm(algorithm)
    ? generateDecryptionPair(algorithm, options)
    : generateSigningKey(algorithm, options);
}

/**
 * Keeps private keys in the store, sealed by the vault and bound to their `kid`. This is the
 * default.
 */
export function createSealedKeys(vault: Pick<Vault, 'seal' | 'unseal'>): PrivateKeys {
  return {
    make: async (algorithm, options) => {
      const { kid, privateKey, publicJwk } = await generateKey(algorithm, options);
      return { kid, publicJwk, reference: vault.seal(purpose, exportPrivateKey(privateKey), kid) };
    },
    open: ({ kid, algorithm, sealedPrivateKey }) => {
      const der = vault.unseal(purpose, sealedPrivateKey, kid);
      if (der === undefined)
        throw new Error(`signing key ${kid} was sealed with another sealing key`);
      return { kid, algorithm, privateKey: importPrivateKey(der) };
    },
  };
}
