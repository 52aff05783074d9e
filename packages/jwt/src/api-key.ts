/**
 * The text of an API key: `kwk_<environment>_<id>_<secret><check>` (docs/api-keys.md §2). Scanners
 * find a leaked key by the prefix. By the checksum, scanners and receivers ignore a text that only
 * looks like a key, without a lookup.
 */
import { crc32 } from 'node:zlib';
import { digest } from './digest.ts';

/** What an API may know about an API key. Not the key itself. */
export interface ApiKeyText {
  /** 16 characters of base62. No secret. */
  readonly id: string;
  /** 1 to 16 lower-case letters and digits. */
  readonly environment: string;
  /** SHA-256 of the whole text, base64url: the form in which a key is stored. */
  readonly digest: string;
}

/** A new API key with its text. */
export interface MadeApiKey extends ApiKeyText {
  /** The key itself. Show it once and do not store it. */
  readonly text: string;
}

/** In the order of ASCII. */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base = BigInt(alphabet.length);
const idLength = 16;
/** 62^43 is just above 2^256. */
const secretLength = 43;
const checkLength = 6;
const bytesOf = { id: 16, secret: 32 };

const environmentPattern = /^[a-z0-9]{1,16}$/;
const keyPattern = /^kwk_([a-z0-9]{1,16})_([0-9A-Za-z]{16})_[0-9A-Za-z]{49}$/;
const longest = 'kwk_'.length + 16 + 1 + idLength + 1 + secretLength + checkLength;

function toBase62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= base)
    text = alphabet[Number(rest % base)] + text;
  return text;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/**
 * CRC-32 (IEEE 802.3) of everything before it. Finds typing errors and other texts, and protects
 * nothing.
 */
function checkOf(head: string): string {
  let text = '';
  for (let rest = crc32(head); text.length < checkLength; rest = Math.floor(rest / 62)) {
    text = alphabet.charAt(rest % 62) + text;
  }
  return text;
}

/**
 * Makes a new API key with a secret of 256 bits (docs/api-keys.md §2). Calls `randomBytes` twice:
 * 16 bytes for the id, 32 for the secret. Stores nothing.
 * @throws TypeError for an environment that is not 1 to 16 lower-case letters and digits
 * @example
 * ```ts
 * import { randomBytes } from 'node:crypto';
 * import { equalDigests, makeApiKey, readApiKey } from '@keywright/jwt';
 *
 * const { text, digest } = makeApiKey('live', randomBytes);
 * // Show the text once, and keep the digest alone.
 * const read = readApiKey(text);
 * console.log(read !== undefined && equalDigests(read.digest, digest));
 * ```
 */
export function makeApiKey(
  environment: string,
  randomBytes: (length: number) => Uint8Array,
): MadeApiKey {
  if (!environmentPattern.test(environment)) {
    throw new TypeError('environment: 1 to 16 lower-case letters and digits.');
  }
  // The id must be unique, but need not be secret. The lowest 16 digits of a longer number are
  // distributed evenly enough.
  const id = toBase62(numberOf(randomBytes(bytesOf.id)), idLength);
  const secret = toBase62(numberOf(randomBytes(bytesOf.secret)), secretLength);
  const head = `kwk_${environment}_${id}_${secret}`;
  const text = head + checkOf(head);
  return { text, id, environment, digest: digest(text) };
}

/**
 * Reads a text with the form of an API key (docs/api-keys.md §2). Undefined for other texts. Does
 * not check whether the key exists: look its id up, and compare the digests with `equalDigests`.
 */
export function readApiKey(text: string): ApiKeyText | undefined {
  if (text.length > longest) return undefined;
  const found = keyPattern.exec(text);
  if (found === null || !text.endsWith(checkOf(text.slice(0, -checkLength)))) return undefined;
  return { id: found[2] as string, environment: found[1] as string, digest: digest(text) };
}
