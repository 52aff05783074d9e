/**
 * The Concat KDF of ECDH-ES (RFC 7518 §4.6.2, NIST SP 800-56A §5.8.1), with SHA-256 and keys of at
 * most 256 bits.
 */
import { hash } from 'node:crypto';

export interface KdfInput {
  /** The shared secret of both sides (Z). */
  readonly sharedSecret: Uint8Array;
  /** The `enc` for which the key is. */
  readonly algorithm: string;
  readonly keyBits: 128 | 256;
  /** PartyUInfo and PartyVInfo, decoded. Empty if the header has none. */
  readonly apu: Uint8Array;
  readonly apv: Uint8Array;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** One round of the hash gives 256 bits, so no key here needs a second round. */
const round = uint32(1);

export function concatKdf({ sharedSecret, algorithm, keyBits, apu, apv }: KdfInput): Buffer {
  const name = Buffer.from(algorithm, 'latin1');
  const parts = [
    round,
    sharedSecret,
    uint32(name.length),
    name,
    uint32(apu.length),
    apu,
    uint32(apv.length),
    apv,
    uint32(keyBits),
  ];
  return hash('sha256', Buffer.concat(parts), 'buffer').subarray(0, keyBits / 8);
}
