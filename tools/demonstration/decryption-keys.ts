/** What the platform API opens sealed API keys with: made at the first start, kept for the next. */
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
