/** The ports that need no settings, and the store with its vault. */
import { randomBytes } from 'node:crypto';
import {
  type Clock,
  ConfigError,
  createSealedKeys,
  type PrivateKeys,
  type Random,
  type Store,
  type StoredKey,
  type Vault,
} from '@keywright/core';
import { createVault } from '@keywright/jwt';
import { openStore as openDatabase, type StoreOptions } from '@keywright/store';
import type { Configuration } from './configuration/configuration.ts';
import { loadSealingKey } from './configuration/sealing-key.ts';
import { createKeyFiles } from './key-files.ts';

export const systemClock: Clock = { nowSeconds: () => Math.floor(Date.now() / 1000) };
export const systemRandom: Random = { bytes: (length) => randomBytes(length) };

export interface OpenedStore {
  readonly store: Store;
  readonly vault: Vault;
  readonly privateKeys: PrivateKeys;
}

/** Opens the database with its key. Throws ConfigError when the key is missing or not the one of this database. */
export async function openStore(
  configuration: Configuration,
  options: Pick<StoreOptions, 'observer' | 'writer' | 'processes'> = {},
): Promise<OpenedStore> {
  const vault = createVault(loadSealingKey(configuration));
  const privateKeys = privateKeysOf(configuration, vault);
  const store = await openDatabase({
    database: configuration.database,
    migrate: configuration.migrate,
    ...options,
  });
  try {
    assertKeysFit(await store.keys.list(), privateKeys);
  } catch (error) {
    await store.close();
    throw error;
  }
  return { store, vault, privateKeys };
}

export function privateKeysOf({ keys: { folder } }: Pick<Configuration, 'keys'>, vault: Vault): PrivateKeys {
  return folder === undefined ? createSealedKeys(vault) : createKeyFiles(folder, vault);
}

/** Found now rather than at the first token. */
export function assertKeysFit(
  keys: readonly Pick<StoredKey, 'kid' | 'algorithm' | 'sealedPrivateKey'>[],
  privateKeys: PrivateKeys,
): void {
  try {
    for (const key of keys) privateKeys.open(key);
    return;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
  }
  throw new ConfigError([
    {
      path: 'sealing_key',
      message: 'is not the key that sealed the signing keys in this database: give the former one',
    },
  ]);
}
