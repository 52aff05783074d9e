/** Every id and every `jti` is made and read here, and nowhere else. */
import { digest } from '@keywright/jwt';

/**
 * The prefixes of ids. They say what an id names, so that a client can never be taken for a user
 * (RFC 9700 §4.15).
 */
export const idPrefixes = {
  account: 'usr_',
  grant: 'grt_',
  family: 'fam_',
  session: 'ses_',
  /** The id of a refusal, in the answer and in the log. */
  decision: 'dec_',
  /** Of an API key as the parent of a token. The id in the key itself has no prefix. */
  apiKey: 'key_',
} as const;

/** What an id names: a member of `idPrefixes`. */
export type IdKind = keyof typeof idPrefixes;

/** 132 random bits in base64url. */
const idLength = 22;

/**
 * A new id: its prefix and 132 random bits. `newSecret` gives base64url of at least 22 characters.
 */
export function newId(source: { readonly newSecret: () => string }, prefix: string): string {
  return prefix + source.newSecret().slice(0, idLength);
}

/** Whether an id has the prefix of this kind. Does not look it up. */
export function isIdOf(kind: IdKind, id: string): boolean {
  return id.startsWith(idPrefixes[kind]);
}

/** Whether a text has the form of the ids of refusals. Does not look it up. */
export function isDecisionId(text: string): boolean {
  return /^dec_[\w-]{22}$/.test(text);
}

/** The reserved prefix that an id begins with, or undefined. */
export function reservedPrefixOf(id: string): string | undefined {
  return Object.values(idPrefixes).find((prefix) => id.startsWith(prefix));
}

/** The id of a family is the hash of its handle, so the id does not reveal the handle. */
export function familyIdOf(handle: string): string {
  return idPrefixes.family + digest(`family ${handle}`).slice(0, idLength);
}

/**
 * The handle of the family that a code starts, made from the code: nothing but the code has to be
 * stored.
 */
export function handleOfCode(code: string): string {
  return digest(`refresh token handle ${code}`).slice(0, idLength);
}

/**
 * What ends an access token, in addition to its client. It is a client where a token of another
 * service was exchanged.
 */
export interface TokenParent {
  readonly kind: 'family' | 'grant' | 'apiKey' | 'client';
  /** As the store has it: the id of an API key has no prefix. */
  readonly id: string;
}

/** The parent of a token that an API key was exchanged for. */
export function parentOfApiKey(keyId: string): string {
  return idPrefixes.apiKey + keyId;
}

/** Reads the parent of a token by its prefix. A parent without a known prefix is a client. */
export function parseTokenParent(parent: string): TokenParent {
  if (isIdOf('family', parent)) return { kind: 'family', id: parent };
  if (isIdOf('grant', parent)) return { kind: 'grant', id: parent };
  if (isIdOf('apiKey', parent))
    return { kind: 'apiKey', id: parent.slice(idPrefixes.apiKey.length) };
  return { kind: 'client', id: parent };
}

/**
 * A `jti` (RFC 9068 §2.2): the parent of the token, if it has one, a dot, and its own serial.
 */
export function formatTokenId(parent: string | undefined, serial: string): string {
  return parent === undefined ? serial : `${parent}.${serial}`;
}

/**
 * Divides a `jti` of this server into the parent of the token and a serial. Without `parent`, the
 * token ends with its client only.
 */
export function parseTokenId(jti: string): { readonly parent?: string; readonly serial: string } {
  const dot = jti.lastIndexOf('.');
  return dot < 0 ? { serial: jti } : { parent: jti.slice(0, dot), serial: jti.slice(dot + 1) };
}
