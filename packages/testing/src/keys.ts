/**
 * The first keys of a platform. To make an RSA key takes longer than all the rest of a platform, so
 * the keys of a platform that was closed serve the next one. Two that are open never share a key.
 */
import {
  createSealedKeys,
  generateKey,
  type KeptAlgorithm,
  type PrivateKeys,
  type Vault,
} from '@keywright/core';
import { exportPrivateKey } from '@keywright/jwt';

type Pair = Awaited<ReturnType<typeof generateKey>>;

const rsaBits = 2048;
/** What core seals signing keys for: another purpose would not open them. */
const purpose = 'signing-key';
const free = new Map<KeptAlgorithm, Pair[]>();

export interface LentKeys extends PrivateKeys {
  /** The platform is closed: others may have its keys. */
  giveBack(): void;
}

export function lendKeys(vault: Vault): LentKeys {
  const lent: (readonly [KeptAlgorithm, Pair])[] = [];
  return {
    ...createSealedKeys(vault),
    make: async (algorithm) => {
      const pair = free.get(algorithm)?.pop() ?? (await generateKey(algorithm, { rsaBits }));
      lent.push([algorithm, pair]);
      const { kid, publicJwk, privateKey } = pair;
      return { kid, publicJwk, reference: vault.seal(purpose, exportPrivateKey(privateKey), kid) };
    },
    giveBack: () => {
      for (const [algorithm, pair] of lent.splice(0))
        free.set(algorithm, [...(free.get(algorithm) ?? []), pair]);
    },
  };
}
