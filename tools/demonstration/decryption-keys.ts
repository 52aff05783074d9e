/**
 * The keys with which the platform API decrypts sealed API keys. They are made at the first start.
 */
import path from 'node:path';
import { generateDecryptionKey } from '@keywright/guard';
import { readJson, writePrivateJson } from './private-files.ts';

/** A JWK set of private keys. */
export function decryptionKeysFile(folder: string): string {
  return path.join(folder, 'decryption-keys.json');
}

export function makeDecryptionKeys(folder: string): void {
  const file = decryptionKeysFile(folder);
  if (readJson(file) === undefined) writePrivateJson(file, { keys: [generateDecryptionKey()] });
}
