/**
 * Keys that outlive a replaced sealing key. Each is sealed in the store with the current sealing
 * key:
 * - the key of pairwise subjects, because with another key all clients would see new users;
 * - the MAC keys of a replaced sealing key, with which old audits and archives are still verified.
 */
import { macKeyOf } from '@keywright/jwt';
import type { Store, Vault } from '../model/ports.ts';
import { plainSealPrefix, sealPurpose } from './reseal.ts';

const pairwise = 'pairwise-subject';
const retiredPrefix = 'retired ';
const extendedFrom = `${plainSealPrefix}extended-from`;
/** The purposes whose MACs are verified long after they were made. */
const retiredPurposes = ['audit', 'audit-head', 'audit-mark', 'audit-export', 'archive'] as const;
/**
 * After this time every node runs a version that can open extended nonces. An upgrade of several
 * nodes takes less.
 */
const upgradeSeconds = 86_400;

/**
 * Keys that outlive the sealing key under which they were made. Times are in seconds since 1970.
 */
export interface LastingKeys {
  readonly lastingMacKeys: ReadonlyMap<string, Uint8Array>;
  readonly retiredMacKeys: ReadonlyMap<string, readonly Uint8Array[]>;
  /** The time from which seals have extended nonces. */
  readonly extendedFrom: number;
}

interface Settling {
  readonly store: Pick<Store, 'seals'>;
  readonly vault: Pick<Vault, 'seal' | 'unseal'>;
  /** The sealing key with which the database was sealed so far. */
  readonly masterKey: Uint8Array;
  /** The database is empty, and no node of a former version exists. */
  readonly isNew: boolean;
  readonly now: number;
}

/**
 * Loads the lasting keys from the store, and stores new ones if there are none. Undefined if no
 * sealing key opens them.
 */
export async function settleLastingKeys(settling: Settling): Promise<LastingKeys | undefined> {
  const { store, vault, masterKey, isNew, now } = settling;
  let rows = await store.seals.load();
  if (!rows.has(pairwise) || !rows.has(extendedFrom)) {
    await store.seals.add(
      pairwise,
      vault.seal(sealPurpose, macKeyOf(masterKey, pairwise), pairwise),
      now,
    );
    await store.seals.add(extendedFrom, String(isNew ? now : now + upgradeSeconds), now);
    rows = await store.seals.load();
  }
  return readLastingKeys(rows, vault);
}

function readLastingKeys(
  rows: ReadonlyMap<string, string>,
  vault: Pick<Vault, 'unseal'>,
): LastingKeys | undefined {
  const open = (name: string) => vault.unseal(sealPurpose, rows.get(name) ?? '', name);
  const names = [...rows.keys()].filter((name) => name.startsWith(retiredPrefix));
  const retired = names.map(open).filter((keys) => keys !== undefined);
  const lasting = open(pairwise);
  if (lasting === undefined || retired.length < names.length) return undefined;
  const ofPurpose = (at: number) => retired.map((keys) => keys.slice(at * 32, (at + 1) * 32));
  return {
    lastingMacKeys: new Map([[pairwise, lasting]]),
    retiredMacKeys: new Map(retiredPurposes.map((purpose, at) => [purpose, ofPurpose(at)])),
    extendedFrom: Number(rows.get(extendedFrom)),
  };
}

/**
 * Stores the MAC keys of a sealing key before that key is removed, so that old audits and archives
 * can still be verified.
 */
export async function retireMacKeys(
  { store, vault, now }: Pick<Settling, 'store' | 'vault' | 'now'>,
  masterKey: Uint8Array,
): Promise<void> {
  const name = retiredPrefix + Buffer.from(macKeyOf(masterKey, 'name')).toString('base64url');
  const keys = Buffer.concat(retiredPurposes.map((purpose) => macKeyOf(masterKey, purpose)));
  await store.seals.add(name, vault.seal(sealPurpose, keys, name), now);
}
