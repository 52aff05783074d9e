/**
 * Private signing keys as files, instead of in the database, for operators who want no keys in
 * backups and replicas, not even sealed ones. Each file is sealed like a row of the database. So
 * neither the folder alone nor the sealing key alone is useful. All nodes need the same folder.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import {
  ConfigError,
  createSealedKeys,
  generateKey,
  keptInFile,
  type PrivateKeys,
  type Resealing,
  resealText,
  type Vault,
} from '@keywright/core';
import { exportPrivateKey, importPrivateKey } from '@keywright/jwt';

const purpose = 'signing-key-file';
/** RFC 7638 §3, in base64url. Such a name cannot lead out of the folder. */
const name = /^[A-Za-z0-9_-]{43}$/;

/** Keys that were made before the folder existed stay in the store, and are read from there. */
export function createKeyFiles(folder: string, vault: Pick<Vault, 'seal' | 'unseal'>): PrivateKeys {
  const inStore = createSealedKeys(vault);
  return {
    make: async (algorithm, options) => {
      const { kid, privateKey, publicJwk } = await generateKey(algorithm, options);
      write(fileOf(folder, kid), vault.seal(purpose, exportPrivateKey(privateKey), kid));
      return { kid, publicJwk, reference: keptInFile };
    },
    open: (key) => {
      if (key.sealedPrivateKey !== keptInFile) return inStore.open(key);
      const { kid, algorithm } = key;
      const der = vault.unseal(purpose, read(fileOf(folder, kid)), kid);
      if (der === undefined)
        throw new Error(`signing key ${kid} was sealed with another sealing key`);
      return { kid, algorithm, privateKey: importPrivateKey(der) };
    },
  };
}

/**
 * Seals the files of these keys again. Returns how many it sealed, and how many no key opens. Each
 * file is always complete: the former or the new one.
 */
export function resealKeyFiles(
  folder: string,
  kids: readonly string[],
  keys: Resealing,
): { readonly resealed: number; readonly left: number } {
  const counts = { resealed: 0, left: 0 };
  for (const kid of kids) {
    const file = fileOf(folder, kid);
    const resealed = resealText(keys, purpose, read(file), kid);
    if (resealed.outcome === 'closed') counts.left += 1;
    if (resealed.outcome !== 'resealed' || resealed.value === undefined) continue;
    rmSync(`${file}.next`, { force: true });
    write(`${file}.next`, resealed.value);
    renameSync(`${file}.next`, file);
    syncFolder(folder);
    counts.resealed += 1;
  }
  return counts;
}

function fileOf(folder: string, kid: string): string {
  if (!name.test(kid)) throw new Error('a key id that is not a thumbprint');
  return path.join(folder, `${kid}.key`);
}

/**
 * The file must be on the disk before the store knows the key. A published key that cannot sign
 * would stop everything.
 */
function write(file: string, text: string): void {
  const folder = path.dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  withDescriptor(openSync(file, 'wx', 0o600), (descriptor) => {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  });
  syncFolder(folder);
}

/** The name of a file is an entry of its folder. It is not on the disk yet, even if the file is. */
function syncFolder(folder: string): void {
  withDescriptor(openSync(folder, 'r'), fsyncSync);
}

function withDescriptor(descriptor: number, use: (descriptor: number) => void): void {
  try {
    use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([
      {
        path: 'keys.folder',
        message: `${path.basename(file)} cannot be read there: ${(error as Error).message}`,
      },
    ]);
  }
}
