/**
 * Tokens that passed every check before. Kept by the whole SHA-256 of the token: no two share an entry, and the tokens
 * themselves are not kept. In front of it lie the Authorization headers seen last, as they came and compared in full: a
 * client repeats its header, and comparing costs a fraction of a digest.
 */
import { hash } from 'node:crypto';
import type { KeySet, VerificationKey } from '@keywright/jwt';
import type { Caller } from './caller.ts';
import { createGenerations, type Generations } from './generations.ts';

export interface Verified {
  readonly caller: Caller;
  readonly key: VerificationKey;
  /** In milliseconds. */
  readonly endsAt: number;
  /** The key set that the key was last seen in. */
  keys: KeySet;
}

export interface VerifiedTokens {
  /** The caller of a header that was seen more than once, exactly as it came. */
  findHeader(header: string, keys: KeySet, now: number): Caller | undefined;
  /** The caller of a token, by its digest; from then on it is found by its header too. */
  find(digest: string, header: string | undefined, keys: KeySet, now: number): Caller | undefined;
  add(digest: string, verified: Verified): void;
}

/** At most 1000 of at most 4096 characters: 4 MB. */
const headers = { limit: 1000, longest: 4096 };

/** The whole SHA-256, as 32 characters. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'latin1');
}

/** Holds at most `limit` tokens, those in use longest. */
export function createVerifiedTokens(limit: number): VerifiedTokens {
  const byDigest = createGenerations<Verified>(limit);
  const byHeader = createGenerations<Verified>(Math.min(limit, headers.limit));
  return {
    findHeader: (header, keys, now) => findIn(byHeader, header, keys, now)?.caller,
    find(digest, header, keys, now) {
      const entry = findIn(byDigest, digest, keys, now);
      if (entry === undefined) return undefined;
      if (header !== undefined && header.length <= headers.longest) byHeader.set(header, entry);
      return entry.caller;
    },
    add: (digest, verified) => byDigest.set(digest, verified),
  };
}

function findIn(
  entries: Generations<Verified>,
  name: string,
  keys: KeySet,
  now: number,
): Verified | undefined {
  const entry = entries.get(name);
  if (entry === undefined) return undefined;
  if (now < entry.endsAt && isStillPublished(entry, keys)) return entry;
  entries.delete(name);
  return undefined;
}

/** A key that its issuer no longer publishes verifies nothing any more, nor does another one under its name. */
function isStillPublished(entry: Verified, keys: KeySet): boolean {
  if (entry.keys === keys) return true;
  const found = keys.find(entry.key.kid, entry.key.algorithm);
  if (found === undefined || !found.publicKey.equals(entry.key.publicKey)) return false;
  entry.keys = keys;
  return true;
}
