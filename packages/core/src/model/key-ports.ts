/** The port for private keys. */
import type { KeyObject } from 'node:crypto';
import type { DecryptionAlgorithm, DecryptionKey } from '@keywright/jwt/encryption';
import type { SigningAlgorithm, RemoteSigningKey, SigningKey, KeySet } from '@keywright/jwt';
import type { StoredKey } from './entities.ts';

/** A new key: its public half, and the reference by which its keeper finds the private half. */
export interface MadeKey {
  readonly kid: string;
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** Kept in the store, and never shown. Must be useless to a reader of the store. */
  readonly reference: string;
}

/** The algorithm of a key of the server, for signing or for decryption. */
export type KeptAlgorithm = SigningAlgorithm | DecryptionAlgorithm;

/** A private key, or the means to sign with it where it never leaves its keeper. */
export type OpenedKey<Kept extends KeptAlgorithm> = {
  readonly kid: string;
  readonly algorithm: Kept;
} & ({ readonly privateKey: KeyObject } | Pick<RemoteSigningKey, 'sign'>);

/**
 * The port for private keys. A keeper that can only sign leaves decryption to `createSealedKeys`.
 */
export interface PrivateKeys {
  make(algorithm: KeptAlgorithm, options: { readonly rsaBits: number }): Promise<MadeKey>;
  /** @throws Error when the keeper has no such key */
  open<Kept extends KeptAlgorithm>(
    key: Pick<StoredKey, 'kid' | 'sealedPrivateKey'> & { readonly algorithm: Kept },
  ): OpenedKey<Kept>;
}

/** The algorithm of a signing key. */
export type KeyAlgorithm = SigningAlgorithm;

/**
 * The default algorithms: ES256 for this server, and RS256 because every OpenID Connect client
 * supports it (OpenID Connect Core §15.1).
 */
export const defaultKeyAlgorithms: readonly KeyAlgorithm[] = ['ES256', 'RS256'];

export interface Keys {
  /** The key that signs now, of each algorithm that there are keys of. */
  readonly signing: Readonly<Partial<Record<KeyAlgorithm, SigningKey>>>;
  readonly verification: KeySet;
  /** The keys that others may still encrypt with. They are opened on demand. */
  decryption(): readonly DecryptionKey[];
  /** The JWK set as it is served (RFC 7517 §5). */
  readonly jwks: string;
}

export interface KeyRing {
  /** The keys as of now; at once when they are remembered. */
  load(): Keys | Promise<Keys>;
}
