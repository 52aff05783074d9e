/** The ports that need no settings, and the store with its vault. */
import { randomBytes } from 'node:crypto';
import {
  type Clock,
  ConfigError,
  type Random,
  type Store,
  type StoredKey,
  type Vault,
} from '@keywright/core';
import { createVault } from '@keywright/jwt';
import { openStore as openDatabase, type StoreOptions } from '@keywright/store';
import type { Configuration } from './configuration/configuration.ts';
import { loadSealingKey } from './configuration/sealing-key.ts';

export const systemClock: Clock = { nowSeconds: () => Math.floor(Date.now() / 1000) };
export const systemRandom: Random = { bytes: (length) => randomBytes(length) };

export interface OpenedStore {
  readonly store: Store;
  readonly vault: Vault;
}

/** Opens the database with its key. Throws ConfigError when the key is missing or not the one of this database. */
export async function openStore(
  configuration: Configuration,
  options: Pick<StoreOptions, 'observer' | 'writer' | 'processes'> = {},
): Promise<OpenedStore> {
  const vault = createVault(loadSealingKey(configuration));
  const store = await openDatabase({
    database: configuration.database,
    migrate: configuration.migrate,
    ...options,
  });
  try {
    assertKeysFit(await store.keys.list(), vault);
  } catch (error) {
    await store.close();
    throw error;
  }
  return { store, vault };
}

/** Found now rather than at the first token. */
export function assertKeysFit(
  keys: readonly Pick<StoredKey, 'kid' | 'sealedPrivateKey'>[],
  vault: Vault,
): void {
  const foreign = keys.some(
    (key) => vault.unseal('signing-key', key.sealedPrivateKey, key.kid) === undefined,
  );
  if (!foreign) return;
  throw new ConfigError([
    {
      path: 'sealing_key',
      message: 'is not the key that sealed the signing keys in this database: give the former one',
    },
  ]);
}
