/** `keywright keys list|rotate`. */
import {
  defaultLeadSeconds,
  jwksMaxAgeSeconds,
  type KeptAlgorithm,
  keyAlgorithms,
  rotateKeys,
  type StoredKey,
} from '@keywright/core';
import { decryptionAlgorithms } from '@keywright/jwt/encryption';
import { systemClock } from '../ports.ts';
import { type GlobalOptions, withStore } from './context.ts';
import { CommandError, moment, print, printJson, printList, warn } from './output.ts';

export interface RotateOptions {
  readonly json?: boolean;
  readonly algorithm?: string;
  readonly leadSeconds: string;
  readonly withdraw?: boolean;
}

function renderKey({ sealedPrivateKey: _, ...key }: StoredKey) {
  return key;
}

function isForDecryption({ algorithm }: Pick<StoredKey, 'algorithm'>): boolean {
  return (decryptionAlgorithms as readonly string[]).includes(algorithm);
}

/** Signing keys first. */
function byAlgorithmAndTime(left: StoredKey, right: StoredKey): number {
  const byUse = Number(isForDecryption(left)) - Number(isForDecryption(right));
  return byUse || left.algorithm.localeCompare(right.algorithm) || left.activeAt - right.activeAt;
}

export function listKeys(
  { json = false }: { readonly json?: boolean },
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async ({ store }) => {
    const stored = await store.keys.list();
    const keys = stored.toSorted(byAlgorithmAndTime).map(renderKey);
    printList(keys, json, ['KEY ID', 'ALGORITHM', 'SIGNS FROM', 'PUBLISHED UNTIL'], (key) => [
      key.kid,
      key.algorithm,
      moment(key.activeAt),
      key.retiredAt === undefined ? '' : moment(key.retiredAt),
    ]);
  });
}

function parseAlgorithm(text: string): KeptAlgorithm {
  const all: readonly KeptAlgorithm[] = [...keyAlgorithms, ...decryptionAlgorithms];
  const algorithm = all.find((known) => known === text);
  if (algorithm === undefined)
    throw new CommandError(`--algorithm must be one of ${all.join(', ')}.`);
  return algorithm;
}

export function rotate(options: RotateOptions, global: GlobalOptions): Promise<void> {
  return withStore(global, async ({ store, vault, privateKeys, events }) => {
    if (!/^\d{1,8}$/.test(options.leadSeconds))
      throw new CommandError('--lead-seconds must be a whole number of seconds.');
    const leadSeconds = Number(options.leadSeconds);
    const algorithms =
      options.algorithm === undefined ? {} : { algorithms: [parseAlgorithm(options.algorithm)] };
    const { withdraw = false } = options;
    const ports = { store, vault, privateKeys, clock: systemClock, events };
    const keys = await rotateKeys(ports, { ...algorithms, leadSeconds, withdraw });
    if (withdraw)
      warn(
        `This server refuses signatures of the former keys within seconds. APIs refuse them within ${jwksMaxAgeSeconds}, because they may cache the published keys for this time.`,
      );
    else if (leadSeconds < defaultLeadSeconds)
      warn(
        `APIs may cache the published keys for minutes. With a lead below ${defaultLeadSeconds} seconds, some APIs may refuse valid tokens.`,
      );
    if (options.json === true) return printJson(keys.map(renderKey));
    for (const key of keys) {
      const from = isForDecryption(key)
        ? 'can be encrypted for'
        : `signs from ${moment(key.activeAt)}`;
      print(`${key.algorithm} ${key.kid} is published now and ${from}.`);
    }
    return undefined;
  });
}
