/**
 * A status list as bits (draft-ietf-oauth-status-list §4.1): one for each index, from the least
 * significant bit of a byte.
 */
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';

/** On another thread, because a list with many bits takes about 50 ms. */
const deflateAside = promisify(deflate);

export function makeBits(capacity: number): Uint8Array {
  return new Uint8Array(Math.ceil(capacity / 8));
}

/** Returns the bits with these indices set. An index outside the list is ignored. */
export function setBits(bits: Uint8Array, places: readonly number[]): Uint8Array {
  const set = bits.slice();
  for (const place of places) {
    const byte = set[place >> 3];
    if (byte !== undefined) set[place >> 3] = byte | (1 << (place & 7));
  }
  return set;
}

/**
 * §4.1: compressed by DEFLATE in the ZLIB format (RFC 1950), at the highest level. §4.2: base64url.
 */
export async function encodeBits(bits: Uint8Array): Promise<string> {
  return (await deflateAside(bits, { level: 9 })).toString('base64url');
}
