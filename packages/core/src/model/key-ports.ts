/** Where private keys are kept: the port. */
import type { KeyObject } from 'node:crypto';
import type { DecryptionAlgorithm, DecryptionKey } from '@keywright/jwt/encryption';
import type { SigningAlgorithm, RemoteSigningKey, SigningKey, KeySet } from '@keywright/jwt';
import type { StoredKey } from './entities.ts';

export interface MadeKey {
  readonly kid: string;
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** Kept in the store, and shown to nobody. Must be useless to whoever reads the store. */
  readonly reference: string;
}

export type KeptAlgorithm = SigningAlgorithm | DecryptionAlgorithm;

/** The key itself; or, where it never leaves its keeper, the means to sign with it. */
export type OpenedKey<Kept extends KeptAlgorithm> = {
  readonly kid: string;
  readonly algorithm: Kept;
} & ({ readonly privateKey: KeyObject } | Pick<RemoteSigningKey, 'sign'>);

/** A keeper that can only sign leaves the decryption algorithms to `createSealedKeys`. */
export interface PrivateKeys {
  make(algorithm: KeptAlgorithm, options: { readonly rsaBits: number }): Promise<MadeKey>;
  /** @throws Error when the keeper has no such key */
  open<Kept extends KeptAlgorithm>(
    key: Pick<StoredKey, 'kid' | 'sealedPrivateKey'> & { readonly algorithm: Kept },
  ): OpenedKey<Kept>;
}

export type KeyAlgorithm = SigningAlgorithm;

export interface Keys {
  /** The key that signs now, of each algorithm that there are keys of. */
  readonly signing: Readonly<Partial<Record<KeyAlgorithm, SigningKey>>>;
  readonly verification: KeySet;
  /** Those that others may still encrypt with; opened when they are asked for. */
  decryption(): readonly DecryptionKey[];
  /** The JWK set as it is served (RFC 7517 §5). */
  readonly jwks: string;
}

export interface KeyRing {
  /** The keys as of now; at once when they are remembered. */
  load(): Keys | Promise<Keys>;
}
