/** Random secrets of the demonstration. They are made at the first start and stored. */
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

/** Four words that can be spoken, and a number: a little more than 64 random bits. */
export function makePassword(): string {
  const words = Array.from({ length: 4 }, makeWord);
  return `${words.join('-')}-${10 + ((randomBytes(1)[0] ?? 0) & 63)}`;
}

export function makeSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Returns the secrets of the file. Makes and stores those that are missing. */
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
