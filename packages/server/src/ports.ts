/** The ports that need no settings, and the store with its vault. */
import { randomBytes } from 'node:crypto';
import {
  type Clock,
  ConfigError,
  createSealedKeys,
  type PrivateKeys,
  type Random,
  settleLastingKeys,
  type Store,
  type StoredKey,
  type Vault,
} from '@keywright/core';
import { createVault } from '@keywright/jwt';
import { openStore as openDatabase, type StoreOptions } from '@keywright/store';
import type { Configuration } from './configuration/configuration.ts';
import { loadSealingKeys, type SealingKeys } from './configuration/sealing-key.ts';
import { createKeyFiles } from './key-files.ts';

export const systemClock: Clock = { nowSeconds: () => Math.floor(Date.now() / 1000) };
export const systemRandom: Random = { bytes: (length) => randomBytes(length) };

/** 256 random bits in base64url. */
export const systemSecret = (): string => randomBytes(32).toString('base64url');

export interface OpenedStore {
  readonly store: Store;
  readonly vault: Vault;
  readonly privateKeys: PrivateKeys;
}

/**
 * Opens the database with its key. Throws ConfigError if the key is missing or belongs to another
 * database.
 */
export async function openStore(
  configuration: Configuration,
  options: Pick<StoreOptions, 'observer' | 'writer' | 'processes'> = {},
): Promise<OpenedStore> {
  const keys = loadSealingKeys(configuration);
  const store = await openDatabase({
    database: configuration.database,
    migrate: configuration.migrate,
    ...options,
  });
  try {
    const vault = await openVault(configuration, keys, store);
    return { store, vault, privateKeys: privateKeysOf(configuration, vault) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Checks the sealed objects in the store that outlive a sealing key. Throws ConfigError if the keys
 * do not open them.
 */
async function openVault(
  configuration: Configuration,
  keys: SealingKeys,
  store: Store,
): Promise<Vault> {
  const { current, others } = keys;
  const opening = createVault(current, others);
  const stored = await store.keys.list();
  assertKeysFit(stored, privateKeysOf(configuration, opening));
  // If nothing is recorded yet, one key has sealed everything.
  const first = [current, ...others].find((key) =>
    keysFit(stored, privateKeysOf(configuration, createVault(key))),
  );
  const settling = {
    store,
    vault: opening,
    masterKey: first ?? current,
    isNew: stored.length === 0,
    now: systemClock.nowSeconds(),
  };
  const lasting = await settleLastingKeys(settling);
  if (lasting === undefined) throw wrongKey();
  const { extendedFrom, ...macKeys } = lasting;
  return createVault(current, others, {
    ...macKeys,
    isExtended: () => systemClock.nowSeconds() >= extendedFrom,
  });
}

export function privateKeysOf(
  { keys: { folder } }: Pick<Configuration, 'keys'>,
  vault: Vault,
): PrivateKeys {
  return folder === undefined ? createSealedKeys(vault) : createKeyFiles(folder, vault);
}

type KeptKey = Pick<StoredKey, 'kid' | 'algorithm' | 'sealedPrivateKey'>;

/** A fault is found now, not at the first token. */
export function assertKeysFit(keys: readonly KeptKey[], privateKeys: PrivateKeys): void {
  if (!keysFit(keys, privateKeys)) throw wrongKey();
}

/** Throws ConfigError if the file cannot be read. */
function keysFit(keys: readonly KeptKey[], privateKeys: PrivateKeys): boolean {
  try {
    for (const key of keys) privateKeys.open(key);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return false;
  }
}

function wrongKey(): ConfigError {
  return new ConfigError([
    {
      path: 'sealing_key',
      message: 'is not the key that sealed the signing keys in this database. Give the former key',
    },
  ]);
}
