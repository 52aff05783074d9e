/** Secrets of the demonstration: made at random at the first start, kept for the next. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { readJson, writePrivateJson } from './private-files.ts';

export interface DemonstrationSecrets {
  /** By client id. */
  readonly clients: Readonly<Record<string, string>>;
  /** By e-mail address. */
  readonly passwords: Readonly<Record<string, string>>;
}

/** 16 consonants and 4 vowels: each letter is a whole number of random bits. */
const consonants = 'bdfghjklmnprstvz';
const vowels = 'aeiu';

function makeWord(): string {
  const letters = [...randomBytes(5)].map((byte, index) => {
    return index % 2 === 0 ? consonants[byte & 15] : vowels[byte & 3];
  });
  return letters.join('');
}

/** Four words that can be said and a number: 64 random bits and a little more. */
export function makePassword(): string {
  const words = Array.from({ length: 4 }, makeWord);
  return `${words.join('-')}-${10 + ((randomBytes(1)[0] ?? 0) & 63)}`;
}

export function makeSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Those of the file, with what is missing made and written. */
export function loadSecrets(
  folder: string,
  clientIds: readonly string[],
  emails: readonly string[],
): DemonstrationSecrets {
  const file = path.join(folder, 'secrets.json');
  const former = (readJson(file) ?? { clients: {}, passwords: {} }) as DemonstrationSecrets;
  const secrets: DemonstrationSecrets = {
    clients: complete(former.clients, clientIds, makeSecret),
    passwords: complete(former.passwords, emails, makePassword),
  };
  if (JSON.stringify(secrets) !== JSON.stringify(former)) writePrivateJson(file, secrets);
  return secrets;
}

function complete(
  former: Readonly<Record<string, string>>,
  names: readonly string[],
  make: () => string,
) {
  return Object.fromEntries(names.map((name) => [name, former[name] ?? make()]));
}
