/**
 * The signing keys. A new key is published first and signs later, when every API that caches the set has had time to
 * see it; the former one stays published until the last token it signed is dead (OpenID Connect Core §10.1.1).
 */
import {
  exportPrivateKey,
  generateSigningKey,
  importKeySet,
  importPrivateKey,
  type KeySet,
  type SigningKey,
} from '@keywright/jwt';
import type { StoredKey } from '../model.ts';
import type { Clock, Events, Ports } from '../ports.ts';
import { isYoung } from '../staleness.ts';

export type KeyAlgorithm = StoredKey['algorithm'];
export const keyAlgorithms: readonly KeyAlgorithm[] = ['ES256', 'RS256'];

/** How long others may keep the published set, in seconds: the `max-age` of the JWKS answer. */
export const jwksMaxAgeSeconds = 300;
/** ASVS 11.2.3: 128 bits of strength. */
const defaultRsaBits = 3072;
/** A new key waits this long before it signs: everyone's cache of the set, ours, and a margin. */
export const defaultLeadSeconds = jwksMaxAgeSeconds + 60;
/** So long ago ends a key that is withdrawn: by every clock, also one that is behind. */
const withdrawnForSeconds = 3600;
/** A former key stays published this long after its last signature: the longest-lived token, and skew. */
const overlapSeconds = 3600 + 300;

export interface KeyRing {
  /** The keys as of now; at once when they are remembered. */
  load(): Keys | Promise<Keys>;
}

export interface Keys {
  readonly signing: Readonly<Record<KeyAlgorithm, SigningKey>>;
  readonly verification: KeySet;
  /** The JWK set as it is served (RFC 7517 §5). */
  readonly jwks: string;
}

export function createKeyRing({ store, vault, clock }: Ports, cacheSeconds: number): KeyRing {
  let keys: Keys | undefined;
  let loadedAt = 0;
  const unsealed = new Map<string, SigningKey>();
  const unseal = (stored: StoredKey): SigningKey => {
    const known = unsealed.get(stored.kid);
    if (known !== undefined) return known;
    const der = vault.unseal('signing-key', stored.sealedPrivateKey, stored.kid);
    if (der === undefined) throw new Error(`signing key ${stored.kid} was sealed with another sealing key`);
    const key = { kid: stored.kid, algorithm: stored.algorithm, privateKey: importPrivateKey(der) };
    unsealed.set(stored.kid, key);
    return key;
  };
  const load = async (now: number): Promise<Keys> => {
    const arranged = arrangeKeys(await store.keys.list(), unseal, now);
    // The same keys stay the same object: caches hang on it.
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

function isSame(one: Keys, other: Keys): boolean {
  const signs = keyAlgorithms.every((algorithm) => one.signing[algorithm] === other.signing[algorithm]);
  return signs && one.jwks === other.jwks;
}

function arrangeKeys(
  stored: readonly StoredKey[],
  unseal: (key: StoredKey) => SigningKey,
  now: number,
): Keys {
  const published = stored.filter((key) => key.retiredAt === undefined || key.retiredAt > now);
  const jwks = { keys: published.map((key) => key.publicJwk) };
  const newest = (algorithm: KeyAlgorithm): SigningKey => {
    const own = published.filter((key) => key.algorithm === algorithm);
    const ready = own.filter((key) => key.activeAt <= now);
    // By who ends last, since clocks of those that made them may differ: the newest has no end yet.
    const newestReady = ready.sort((a, b) => endOf(b) - endOf(a) || b.createdAt - a.createdAt)[0];
    // The first key of all was made by a clock that is ahead of this one; nobody remembers a key set without it.
    const key = newestReady ?? own.sort((a, b) => a.activeAt - b.activeAt)[0];
    if (key === undefined) throw new Error(`there is no ${algorithm} signing key`);
    return unseal(key);
  };
  return {
    signing: { ES256: newest('ES256'), RS256: newest('RS256') },
    verification: importKeySet(jwks),
    jwks: JSON.stringify(jwks),
  };
}

function endOf({ retiredAt = Number.MAX_SAFE_INTEGER }: StoredKey): number {
  return retiredAt;
}

type KeyPorts = Pick<Ports, 'store' | 'vault'> & {
  readonly clock: Clock;
  /** Told of each key that was made. */
  readonly events?: Events;
};

/**
 * Makes the first key of each algorithm, active at once, where there is none. Safe when two nodes start together.
 * `rsaBits` is 3072 by default; less is for tests, which want to be quick.
 */
export async function ensureKeys(ports: KeyPorts, rsaBits?: number): Promise<void> {
  const stored = await ports.store.keys.list();
  const missing = keyAlgorithms.filter((algorithm) => !stored.some((key) => key.algorithm === algorithm));
  if (missing.length === 0) return;
  const keys = await Promise.all(missing.map((algorithm) => makeKey(ports, algorithm, 0, rsaBits)));
  await ports.store.keys.addFirst(keys);
  // Another node may have been first: then ours are not there.
  const there = new Set((await ports.store.keys.list()).map(({ kid }) => kid));
  for (const key of keys) if (there.has(key.kid)) tellKey(ports, 'signing_key.made', key);
}

export interface Rotation {
  /** Default: each algorithm. */
  readonly algorithms?: readonly KeyAlgorithm[];
  /** Seconds until the new key signs. Default 360; less than the time others cache the set can make tokens fail there. */
  readonly leadSeconds?: number;
  /** For keys that others may have: they and all that they signed count for nothing any more, and the new ones sign at once. */
  readonly withdraw?: boolean;
}

/**
 * Publishes a new key of each algorithm, to sign after the lead. Answers the new keys. A withdrawal is known to every node once it asks
 * again, and to APIs once they do: those may keep the published set for `jwksMaxAgeSeconds`.
 */
export async function rotateKeys(ports: KeyPorts, rotation: Rotation = {}): Promise<readonly StoredKey[]> {
  const { withdraw = false } = rotation;
  const leadSeconds = withdraw ? 0 : (rotation.leadSeconds ?? defaultLeadSeconds);
  const made: StoredKey[] = [];
  for (const algorithm of rotation.algorithms ?? keyAlgorithms) {
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

/**
 * Rotates those keys that are the newest of their algorithm and so old or older; answers their successors. Several nodes may do so at
 * once: each key gets one successor, and what the others have made is thrown away.
 */
export async function rotateOldKeys(ports: KeyPorts, ageSeconds: number): Promise<readonly StoredKey[]> {
  const before = ports.clock.nowSeconds() - ageSeconds;
  const stored = await ports.store.keys.list();
  const old = stored.filter(({ retiredAt, createdAt }) => retiredAt === undefined && createdAt <= before);
  const made: StoredKey[] = [];
  for (const { kid, algorithm } of old) {
    const key = await makeKey(ports, algorithm, defaultLeadSeconds);
    if (!(await ports.store.keys.rotate(key, key.activeAt + overlapSeconds, kid))) continue;
    tellKey(ports, 'signing_key.rotated', key);
    made.push(key);
  }
  return made;
}

function tellKey({ events }: KeyPorts, type: string, { kid, algorithm, activeAt }: StoredKey): void {
  events?.emit({ type, kid, algorithm, activeAt });
}

async function makeKey(
  { vault, clock }: KeyPorts,
  algorithm: KeyAlgorithm,
  leadSeconds: number,
  rsaBits = defaultRsaBits,
): Promise<StoredKey> {
  const { kid, privateKey, publicJwk } = await generateSigningKey(algorithm, { rsaBits });
  const now = clock.nowSeconds();
  return {
    kid,
    algorithm,
    publicJwk,
    sealedPrivateKey: vault.seal('signing-key', exportPrivateKey(privateKey), kid),
    createdAt: now,
    activeAt: now + leadSeconds,
  };
}
