/**
 * Tokens that passed every check of their own before. They are kept by their whole SHA-256 digest,
 * so no two share an entry, and the tokens themselves are not kept. A second map has the last
 * Authorization headers, which are compared in full: a client repeats its header, and a comparison
 * costs a fraction of a digest.
 */
import { hash } from 'node:crypto';
import { BoundedMap, type KeySet, type RemoteKeySet, type VerificationKey } from '@keywright/jwt';
import type { Binding } from './binding.ts';
import type { Caller } from './caller.ts';
import type { StatusReference } from './parts.ts';

/** A verified token. Each request still needs the checks of its binding and its status. */
export interface Verified {
  readonly caller: Caller;
  readonly binding: Binding | undefined;
  readonly status: StatusReference | undefined;
  /** In milliseconds. */
  readonly endsAt: number;
  /** The key source of its issuer. */
  readonly source: RemoteKeySet;
  /** The key that signed it. Undefined if its issuer was asked about it. */
  readonly key: VerificationKey | undefined;
  /** The key set that last contained the key. */
  keys: KeySet | undefined;
}

export interface VerifiedTokens {
  /** Finds a token by a remembered header. Such a token is bound to nothing. */
  findHeader(header: string, now: number): Verified | undefined;
  find(digest: string, now: number): Verified | undefined;
  add(digest: string, verified: Verified): void;
  /** Never called if the sender must be checked with each request. */
  rememberHeader(header: string, verified: Verified): void;
}

/** At most 1000 of at most 4096 characters: 4 MB. */
const headers = { limit: 1000, longest: 4096 };

/** The whole SHA-256, as 32 characters. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'latin1');
}

/** Holds at most `limit` tokens. Tokens in use stay longest. */
export function createVerifiedTokens(limit: number): VerifiedTokens {
  const byDigest = new BoundedMap<string, Verified>(limit);
  const byHeader = new BoundedMap<string, Verified>(Math.min(limit, headers.limit));
  return {
    findHeader: (header, now) => findIn(byHeader, header, now),
    find: (digest, now) => findIn(byDigest, digest, now),
    add: (digest, verified) => byDigest.set(digest, verified),
    rememberHeader(header, verified) {
      if (verified.binding === undefined && header.length <= headers.longest)
        byHeader.set(header, verified);
    },
  };
}

function findIn(
  entries: BoundedMap<string, Verified>,
  name: string,
  now: number,
): Verified | undefined {
  const entry = entries.get(name);
  if (entry === undefined) return undefined;
  if (now < entry.endsAt && isStillGood(entry)) return entry;
  entries.delete(name);
  return undefined;
}

/**
 * A key that its issuer no longer publishes verifies nothing any more. Another key with its name
 * does not count.
 */
function isStillGood(entry: Verified): boolean {
  const { key } = entry;
  if (key === undefined) return true;
  const keys = entry.source.current();
  if (keys === undefined) return false;
  if (entry.keys === keys) return true;
  const found = keys.find(key.kid, key.algorithm);
  if (found === undefined || !found.publicKey.equals(key.publicKey)) return false;
  entry.keys = keys;
  return true;
}
