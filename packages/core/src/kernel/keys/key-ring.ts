/**
 * The signing keys. A new key is published first. It signs after every API that caches the set had
 * time to load it. The former key stays published until its last token has expired (OpenID Connect
 * Core §10.1.1).
 */
import { importKeySet, signingAlgorithms, type SigningKey } from '@keywright/jwt';
import { type DecryptionKey, decryptionAlgorithms } from '@keywright/jwt/encryption';
import type { StoredKey } from '../../model/entities.ts';
import type { Clock, Events, Ports } from '../../model/ports.ts';
import { isYoung } from '../../rules/staleness.ts';
import { createSealedKeys, isDecryptionAlgorithm } from './private-keys.ts';
import { defaultKeyAlgorithms } from '../../model/key-ports.ts';
import type {
  KeptAlgorithm,
  OpenedKey,
  KeyAlgorithm,
  Keys,
  KeyRing,
} from '../../model/key-ports.ts';

/** The algorithms that signing keys may have. */
export const keyAlgorithms: readonly KeyAlgorithm[] = signingAlgorithms;
/** How long others may cache the published key set, in seconds (`max-age`). */
export const jwksMaxAgeSeconds = 300;
/** ASVS 11.2.3: 128 bits of strength. */
const defaultRsaBits = 3072;
/**
 * How long a new key is published before it signs: as long as others may cache the key set, and a
 * margin.
 */
export const defaultLeadSeconds = jwksMaxAgeSeconds + 60;
/** A withdrawn key ended this long ago, so that it has ended by every clock, also a slow one. */
const withdrawnForSeconds = 3600;
/**
 * A former key stays published for this time after its last signature: the longest token lifetime,
 * and clock differences.
 */
const overlapSeconds = 3600 + 300;

/** @throws Error if there is no key of the algorithm. Registration refuses such a client earlier */
export function signingKeyOf({ signing }: Keys, algorithm: KeyAlgorithm): SigningKey {
  const key = signing[algorithm];
  if (key === undefined) throw new Error(`there is no ${algorithm} signing key`);
  return key;
}

type RingPorts = Pick<Ports, 'store' | 'clock' | 'vault' | 'privateKeys'>;

export function createKeyRing(ports: RingPorts, cacheSeconds: number): KeyRing {
  const { store, clock } = ports;
  const keeper = keeperOf(ports);
  let keys: Keys | undefined;
  let loadedAt = 0;
  const unsealed = new Map<string, OpenedKey<KeptAlgorithm>>();
  const unseal = <Kept extends KeptAlgorithm>(stored: StoredFor<Kept>): OpenedKey<Kept> => {
    const known = unsealed.get(stored.kid) as OpenedKey<Kept> | undefined;
    if (known !== undefined) return known;
    const key = keeper.open(stored);
    unsealed.set(stored.kid, key);
    return key;
  };
  const load = async (now: number): Promise<Keys> => {
    const arranged = arrangeKeys(await store.keys.list(), unseal, now);
    // The same keys stay the same object, because caches depend on it.
    if (keys === undefined || !isSame(keys, arranged)) keys = arranged;
    loadedAt = now;
    return keys;
  };
  return {
    load: () => {
      const now = clock.nowSeconds();
      return keys !== undefined && isYoung(loadedAt, now, cacheSeconds) ? keys : load(now);
    },
  };
}

type StoredFor<Kept extends KeptAlgorithm> = StoredKey & { readonly algorithm: Kept };
type Unseal = <Kept extends KeptAlgorithm>(stored: StoredFor<Kept>) => OpenedKey<Kept>;

function isForDecryption(key: StoredKey): key is StoredFor<DecryptionKey['algorithm']> {
  return isDecryptionAlgorithm(key.algorithm);
}

/** A private key that is not in this process cannot decrypt. Its keeper can only sign. */
function canOpen(key: OpenedKey<DecryptionKey['algorithm']>): key is DecryptionKey {
  return 'privateKey' in key;
}

function isSame(one: Keys, other: Keys): boolean {
  const signs = keyAlgorithms.every(
    (algorithm) => one.signing[algorithm] === other.signing[algorithm],
  );
  return signs && one.jwks === other.jwks;
}

function arrangeKeys(stored: readonly StoredKey[], unseal: Unseal, now: number): Keys {
  const published = stored.filter((key) => key.retiredAt === undefined || key.retiredAt > now);
  const jwks = { keys: published.map((key) => key.publicJwk) };
  const newest = (algorithm: KeyAlgorithm): SigningKey => {
    const own = published.filter(
      (key): key is StoredFor<KeyAlgorithm> => key.algorithm === algorithm,
    );
    const ready = own.filter((key) => key.activeAt <= now);
    // By the end, because the clocks of their makers may differ. The newest has no end yet.
    const newestReady = ready.sort((a, b) => endOf(b) - endOf(a) || b.createdAt - a.createdAt)[0];
    // The clock that made the very first key may be ahead of this one. No cache has a set without
    // this key.
    const key = newestReady ?? own.sort((a, b) => a.activeAt - b.activeAt)[0];
    if (key === undefined) throw new Error(`there is no ${algorithm} signing key`);
    return unseal(key);
  };
  const present = keyAlgorithms.filter((algorithm) =>
    published.some((key) => key.algorithm === algorithm),
  );
  return {
    signing: Object.fromEntries(present.map((algorithm) => [algorithm, newest(algorithm)])),
    verification: importKeySet(jwks),
    decryption: () =>
      published
        .filter(isForDecryption)
        .map((key) => unseal(key))
        .filter(canOpen),
    jwks: JSON.stringify(jwks),
  };
}

function endOf({ retiredAt = Number.MAX_SAFE_INTEGER }: StoredKey): number {
  return retiredAt;
}

function keeperOf({ privateKeys, vault }: Pick<Ports, 'privateKeys' | 'vault'>) {
  return privateKeys ?? createSealedKeys(vault);
}

type KeyPorts = Pick<Ports, 'store' | 'vault' | 'privateKeys'> & {
  readonly clock: Clock;
  /** Called for each new key. */
  readonly events?: Events;
};

/**
 * Makes the first key of each algorithm, active at once, if there is none. Safe if two nodes start
 * together. Fewer `rsaBits` than 3072 are for tests.
 */
export async function ensureKeys(
  ports: KeyPorts,
  { algorithms = defaultKeyAlgorithms, rsaBits }: KeysWanted = {},
): Promise<void> {
  const stored = await ports.store.keys.list();
  const missing = algorithms.filter(
    (algorithm) => !stored.some((key) => key.algorithm === algorithm),
  );
  if (missing.length === 0) return;
  const keys = await Promise.all(missing.map((algorithm) => makeKey(ports, algorithm, 0, rsaBits)));
  await ports.store.keys.addFirst(keys);
  // Another node may have been first. Then our keys are not stored.
  const there = new Set((await ports.store.keys.list()).map(({ kid }) => kid));
  for (const key of keys) if (there.has(key.kid)) tellKey(ports, 'signing_key.made', key);
}

/** Which keys are to be made. Default: `defaultKeyAlgorithms`, and RSA keys of 3072 bits. */
export interface KeysWanted {
  readonly algorithms?: readonly KeptAlgorithm[] | undefined;
  readonly rsaBits?: number;
}

export interface Rotation {
  /** Default: each algorithm that has keys. */
  readonly algorithms?: readonly KeptAlgorithm[];
  /**
   * Seconds until the new key signs. Default 360. If others cache the set for longer, tokens may
   * fail there.
   */
  readonly leadSeconds?: number;
  /**
   * For keys that may be stolen: they and all their signatures are void, and the new keys sign at
   * once.
   */
  readonly withdraw?: boolean;
}

/**
 * Publishes a new key of each algorithm, which signs after the lead time. Returns the new keys. A
 * withdrawn key may stay in caches of others for `jwksMaxAgeSeconds`.
 */
export async function rotateKeys(
  ports: KeyPorts,
  rotation: Rotation = {},
): Promise<readonly StoredKey[]> {
  const { withdraw = false } = rotation;
  const leadSeconds = withdraw ? 0 : (rotation.leadSeconds ?? defaultLeadSeconds);
  const made: StoredKey[] = [];
  for (const algorithm of rotation.algorithms ?? (await storedAlgorithms(ports))) {
    const key = await makeKey(ports, algorithm, leadSeconds);
    await ports.store.keys.rotate(
      key,
      withdraw ? key.createdAt - withdrawnForSeconds : key.activeAt + overlapSeconds,
    );
    tellKey(ports, 'signing_key.rotated', key);
    made.push(key);
  }
  return made;
}

async function storedAlgorithms({ store }: KeyPorts): Promise<readonly KeptAlgorithm[]> {
  const stored = await store.keys.list();
  const known: readonly KeptAlgorithm[] = [...keyAlgorithms, ...decryptionAlgorithms];
  return known.filter((algorithm) => stored.some((key) => key.algorithm === algorithm));
}

/**
 * Rotates keys that are the newest of their algorithm and at least this old. Returns their
 * successors. Several nodes may do this at once: each key gets one successor.
 */
export async function rotateOldKeys(
  ports: KeyPorts,
  ageSeconds: number,
): Promise<readonly StoredKey[]> {
  const before = ports.clock.nowSeconds() - ageSeconds;
  const stored = await ports.store.keys.list();
  const old = stored.filter(
    ({ retiredAt, createdAt }) => retiredAt === undefined && createdAt <= before,
  );
  const made: StoredKey[] = [];
  for (const { kid, algorithm } of old) {
    const key = await makeKey(ports, algorithm, defaultLeadSeconds);
    if (!(await ports.store.keys.rotate(key, key.activeAt + overlapSeconds, kid))) continue;
    tellKey(ports, 'signing_key.rotated', key);
    made.push(key);
  }
  return made;
}

function tellKey(
  { events }: KeyPorts,
  type: 'signing_key.made' | 'signing_key.rotated',
  { kid, algorithm, activeAt }: StoredKey,
): void {
  events?.emit({ type, kid, algorithm, activeAt });
}

async function makeKey(
  ports: KeyPorts,
  algorithm: KeptAlgorithm,
  leadSeconds: number,
  rsaBits = defaultRsaBits,
): Promise<StoredKey> {
  const { kid, publicJwk, reference } = await keeperOf(ports).make(algorithm, { rsaBits });
  const now = ports.clock.nowSeconds();
  return {
    kid,
    algorithm,
    publicJwk,
    sealedPrivateKey: reference,
    createdAt: now,
    activeAt: now + leadSeconds,
  };
}
