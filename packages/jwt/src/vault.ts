/**
 * Seals with a master key that is not in the store: XAES-256-GCM (C2SP), which is AES-256-GCM (NIST
 * SP 800-38D) with a key for each message (NIST SP 800-108r1, CMAC in counter mode). Each purpose
 * has a subkey by HKDF (RFC 5869).
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomFillSync,
} from 'node:crypto';

/**
 * Seals and makes MACs with subkeys of one master key, one for each purpose. Purposes are a few
 * constants.
 */
export interface Vault {
  /** XAES-256-GCM with a subkey for each purpose. The same `context` is needed to unseal. */
  seal(purpose: string, plaintext: string | Uint8Array, context?: string): string;
  /** The plaintext. Undefined if it was not sealed by this vault, for this purpose and context. */
  unseal(purpose: string, sealed: string, context?: string): Uint8Array | undefined;
  /** HMAC-SHA256 with a subkey for each purpose, base64url. */
  mac(purpose: string, data: string): string;
  /**
   * All accepted MACs of this data: that of `mac`, and those of other keys that are still trusted.
   */
  macs(purpose: string, data: string): readonly string[];
}

/** Parts of a vault that stay while a master key is replaced. */
export interface VaultOptions {
  /**
   * Whether to seal with the extended nonce. Called at each seal. The old form can always be
   * opened. Default: always.
   */
  readonly isExtended?: () => boolean;
  /** MAC keys that stay the same when the master key is replaced, by purpose. */
  readonly lastingMacKeys?: ReadonlyMap<string, Uint8Array>;
  /** MAC keys that make no new MACs, and whose MACs are still accepted, by purpose. */
  readonly retiredMacKeys?: ReadonlyMap<string, readonly Uint8Array[]>;
}

const cipher = 'aes-256-gcm';
const keyLength = 32;
const tagLength = 16;
const gcmNonceLength = 12;
/**
 * By version, which is the first byte of a sealed text. 1 is AES-256-GCM with a random nonce, safe
 * for 2^32 seals (SP 800-38D §8.3).
 */
const nonceLengths: Readonly<Partial<Record<number, number>>> = {
  1: gcmNonceLength,
  2: 2 * gcmNonceLength,
};

interface Keyring {
  sealing(purpose: string): MessageKeys;
  mac(purpose: string): Uint8Array;
}

/** Derives the key of a nonce. */
type MessageKeys = (nonce: Buffer) => Uint8Array;

/** The MAC key of a purpose, derived from this master key of 32 bytes (HKDF, RFC 5869). */
export function macKeyOf(masterKey: Uint8Array, purpose: string): Uint8Array {
  return subkeyOf(masterKey, `mac ${purpose}`);
}

function subkeyOf(masterKey: Uint8Array, purpose: string): Uint8Array {
  return Buffer.from(hkdfSync('sha256', masterKey, '', `keywright vault ${purpose}`, keyLength));
}

/** Purposes are a few constants, so the subkeys can be cached. */
function createKeyring(masterKey: Uint8Array): Keyring {
  // A text of 32 characters would become a key of zeros and digits.
  const isKey = (masterKey as unknown) instanceof Uint8Array && masterKey.length === keyLength;
  if (!isKey) throw new TypeError('A master key has 32 bytes.');
  const master = Uint8Array.from(masterKey);
  return {
    sealing: remembered((purpose) => messageKeysOf(subkeyOf(master, purpose))),
    // The subkey for MACs of a purpose differs from its subkey for seals.
    mac: remembered((purpose) => macKeyOf(master, purpose)),
  };
}

function remembered<T>(make: (purpose: string) => T): (purpose: string) => T {
  const known = new Map<string, T>();
  return (purpose) => {
    const found = known.get(purpose) ?? make(purpose);
    known.set(purpose, found);
    return found;
  };
}

/**
 * C2SP XAES-256-GCM: the key of one message is two blocks of CMAC, each with the first half of the
 * nonce.
 */
function messageKeysOf(key: Uint8Array): MessageKeys {
  // One cipher serves all messages, because it works on each block separately and at once.
  const block = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const subkey = doubled(block.update(Buffer.alloc(16)));
  return (nonce) => {
    if (nonce.length === gcmNonceLength) return key;
    const blocks = Buffer.alloc(2 * 16);
    for (const at of [0, 1]) {
      blocks.writeUInt16BE(at + 1, at * 16);
      blocks.write('X', at * 16 + 2, 'latin1');
      nonce.copy(blocks, at * 16 + 4, 0, gcmNonceLength);
      for (let index = 0; index < 16; index += 1)
        blocks[at * 16 + index] = (blocks[at * 16 + index] as number) ^ (subkey[index] as number);
    }
    return block.update(blocks);
  };
}

/** NIST SP 800-38B §6.1: the subkey for messages of whole blocks. */
function doubled(block: Buffer): Buffer {
  const carry = (block[0] as number) >> 7;
  return Buffer.from(
    block
      .map((byte, at) => (byte << 1) | ((block[at + 1] ?? 0) >> 7))
      .map((byte, at) => (at === 15 ? byte ^ (carry * 0x87) : byte)),
  );
}

/** The version is authenticated too, so an old form cannot pass for a newer one. */
function additionalData(version: number, context: string): Buffer {
  return Buffer.from(String.fromCharCode(version) + context);
}

const nonces = Buffer.alloc(256 * 2 * gcmNonceLength);
let noncesUsed = nonces.length;

/** Takes random bytes from a pool. A system call for each nonce costs as much as the encryption. */
function writeNonce(into: Buffer, length: number): void {
  if (noncesUsed + length > nonces.length) {
    randomFillSync(nonces);
    noncesUsed = 0;
  }
  nonces.copy(into, 1, noncesUsed, noncesUsed + length);
  noncesUsed += length;
}

function encrypt(
  version: 1 | 2,
  keys: MessageKeys,
  plaintext: string | Uint8Array,
  context: string,
): string {
  const text = typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext;
  const nonceLength = nonceLengths[version] as number;
  const headLength = 1 + nonceLength;
  const sealed = Buffer.allocUnsafe(headLength + text.length + tagLength);
  sealed[0] = version;
  writeNonce(sealed, nonceLength);
  const nonce = sealed.subarray(1, headLength);
  writeEncrypted(
    sealed.subarray(headLength),
    keys(nonce),
    nonce,
    text,
    additionalData(version, context),
  );
  return sealed.toString('base64url');
}

/** Plain XAES-256-GCM, for the test vectors. */
export function encryptExtended(
  key: Uint8Array,
  nonce: Buffer,
  text: Uint8Array,
  additional: Buffer,
): Buffer {
  const sealed = Buffer.alloc(text.length + tagLength);
  writeEncrypted(sealed, messageKeysOf(key)(nonce), nonce, text, additional);
  return sealed;
}

function writeEncrypted(
  into: Buffer,
  key: Uint8Array,
  nonce: Buffer,
  text: Uint8Array,
  additional: Buffer,
): void {
  const options = { authTagLength: tagLength };
  const encryption = createCipheriv(cipher, key, nonce.subarray(-gcmNonceLength), options);
  encryption.setAAD(additional);
  // In counter mode, the ciphertext is as long as the plaintext and is complete at once.
  encryption.update(text).copy(into);
  encryption.final();
  encryption.getAuthTag().copy(into, text.length);
}

interface Sealed {
  readonly version: number;
  readonly nonce: Buffer;
  readonly text: Buffer;
  readonly tag: Buffer;
}

function decrypt(
  keys: MessageKeys,
  { version, nonce, text, tag }: Sealed,
  context: string,
): Uint8Array | undefined {
  const options = { authTagLength: tagLength };
  const decryption = createDecipheriv(
    cipher,
    keys(nonce),
    nonce.subarray(-gcmNonceLength),
    options,
  );
  decryption.setAAD(additionalData(version, context));
  decryption.setAuthTag(tag);
  const plain = decryption.update(text);
  try {
    return Buffer.concat([plain, decryption.final()]);
  } catch {
    return undefined;
  }
}

/** The sealed parts. Undefined for a text that no vault can have made. */
function decode(sealed: string): Sealed | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  const version = bytes[0] ?? 0;
  const nonceLength = nonceLengths[version];
  if (nonceLength === undefined || bytes.length < 1 + nonceLength + tagLength) return undefined;
  if (bytes.toString('base64url') !== sealed) return undefined;
  const [head, end] = [1 + nonceLength, bytes.length - tagLength];
  return {
    version,
    nonce: bytes.subarray(1, head),
    text: bytes.subarray(head, end),
    tag: bytes.subarray(end),
  };
}

function hmac(key: Uint8Array, data: string): string {
  return createHmac('sha256', key).update(data).digest('base64url');
}

/**
 * Seals with `masterKey` (32 bytes): XAES-256-GCM, with a subkey for each purpose (HKDF, RFC 5869).
 * Unseals with it and with `otherKeys`, so that a master key can be replaced while sealed values
 * exist. With random nonces of 192 bits, the bound on seals (2^80 for each purpose and key) is
 * never reached. Does not prevent replay: include an id or an end in the sealed value.
 * @throws TypeError for a key of another length
 * @example
 * ```ts
 * import { randomBytes } from 'node:crypto';
 * import { createVault } from '@keywright/jwt';
 *
 * const vault = createVault(randomBytes(32));
 * const sealed = vault.seal('session', 'usr_ada', 'request-1');
 * console.log(vault.unseal('session', sealed, 'request-1'));
 * ```
 */
export function createVault(
  masterKey: Uint8Array,
  otherKeys: readonly Uint8Array[] = [],
  { isExtended = () => true, lastingMacKeys, retiredMacKeys }: VaultOptions = {},
): Vault {
  const current = createKeyring(masterKey);
  const keyrings = [current, ...otherKeys.map(createKeyring)];
  function unseal(purpose: string, sealed: string, context = ''): Uint8Array | undefined {
    const parts = decode(sealed);
    if (parts === undefined) return undefined;
    for (const keyring of keyrings) {
      const plaintext = decrypt(keyring.sealing(purpose), parts, context);
      if (plaintext !== undefined) return plaintext;
    }
    return undefined;
  }
  function macKeysOf(purpose: string): readonly Uint8Array[] {
    const lasting = lastingMacKeys?.get(purpose);
    const own = lasting === undefined ? keyrings.map((keyring) => keyring.mac(purpose)) : [lasting];
    return [...own, ...(retiredMacKeys?.get(purpose) ?? [])];
  }
  return {
    seal: (purpose, plaintext, context = '') =>
      encrypt(isExtended() ? 2 : 1, current.sealing(purpose), plaintext, context),
    unseal,
    mac: (purpose, data) => hmac(lastingMacKeys?.get(purpose) ?? current.mac(purpose), data),
    macs: (purpose, data) => macKeysOf(purpose).map((key) => hmac(key, data)),
  };
}
