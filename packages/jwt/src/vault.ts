/**
 * Sealing with a master key that is not in the store: XAES-256-GCM (C2SP), which is AES-256-GCM
 * (NIST SP 800-38D) under a key of its own for each message (NIST SP 800-108r1, CMAC in counter
 * mode); a subkey for each purpose by HKDF (RFC 5869).
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomFillSync,
} from 'node:crypto';

/**
 * Seals and signs with keys of one master key, one for each purpose. Purposes are few fixed words.
 */
export interface Vault {
  /** XAES-256-GCM under a key of its own per purpose. `context` must be given again to unseal. */
  seal(purpose: string, plaintext: string | Uint8Array, context?: string): string;
  /** The plaintext, or undefined when it was not sealed here, for this purpose and context. */
  unseal(purpose: string, sealed: string, context?: string): Uint8Array | undefined;
  /** HMAC-SHA256 under a key of its own per purpose, base64url. */
  mac(purpose: string, data: string): string;
  /**
   * Every MAC that is taken for this data: that of `mac`, and those of other keys that are still
   * believed.
   */
  macs(purpose: string, data: string): readonly string[];
}

/** What of a vault stays while a master key is replaced. */
export interface VaultOptions {
  /**
   * Whether to seal with the extended nonce, asked at each seal; what is without is opened in any
   * case. Default: always.
   */
  readonly isExtended?: () => boolean;
  /** Keys of MACs that stay what they are when the master key is replaced, by purpose. */
  readonly lastingMacKeys?: ReadonlyMap<string, Uint8Array>;
  /** Keys of MACs that make no more, and whose MACs are still taken, by purpose. */
  readonly retiredMacKeys?: ReadonlyMap<string, readonly Uint8Array[]>;
}

const cipher = 'aes-256-gcm';
const keyLength = 32;
const tagLength = 16;
const gcmNonceLength = 12;
/**
 * By version: the first byte of what is sealed. 1 is AES-256-GCM with a random nonce, good for 2^32
 * seals (SP 800-38D §8.3).
 */
const nonceLengths: Readonly<Partial<Record<number, number>>> = {
  1: gcmNonceLength,
  2: 2 * gcmNonceLength,
};

interface Keyring {
  sealing(purpose: string): MessageKeys;
  mac(purpose: string): Uint8Array;
}

/** The key that a nonce asks for. */
type MessageKeys = (nonce: Buffer) => Uint8Array;

/**
 * The key that MACs of a purpose are made with, under this master key of 32 bytes (HKDF, RFC
 * 5869).
 */
export function macKeyOf(masterKey: Uint8Array, purpose: string): Uint8Array {
  return subkeyOf(masterKey, `mac ${purpose}`);
}

function subkeyOf(masterKey: Uint8Array, purpose: string): Uint8Array {
  return Buffer.from(hkdfSync('sha256', masterKey, '', `keywright vault ${purpose}`, keyLength));
}

/** Purposes are few fixed words, so the subkeys may stay. */
function createKeyring(masterKey: Uint8Array): Keyring {
  // A text of 32 characters would become a key of zeros and digits.
  const isKey = (masterKey as unknown) instanceof Uint8Array && masterKey.length === keyLength;
  if (!isKey) throw new TypeError('A master key has 32 bytes.');
  const master = Uint8Array.from(masterKey);
  return {
    sealing: remembered((purpose) => messageKeysOf(subkeyOf(master, purpose))),
    // A purpose never serves both: the subkey of a MAC is not that of a seal.
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
 * C2SP XAES-256-GCM: two blocks of CMAC, the first half of the nonce in each, are the key of one
 * message.
 */
function messageKeysOf(key: Uint8Array): MessageKeys {
  // Block by block, and so at once: one cipher serves all messages.
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

/** The version is authenticated too: an old form can never be passed off as a newer one. */
function additionalData(version: number, context: string): Buffer {
  return Buffer.from(String.fromCharCode(version) + context);
}

const nonces = Buffer.alloc(256 * 2 * gcmNonceLength);
let noncesUsed = nonces.length;

/** Out of a pool: asking the system for each costs as much as the encryption. */
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

/** XAES-256-GCM as it is written: for the test vectors. */
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
  // In counter mode the ciphertext is as long as the plaintext, and all of it comes at once.
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

/** The sealed parts, or undefined for what cannot have been made here. */
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
 * Seals with `masterKey` (32 bytes): XAES-256-GCM, with a subkey for each purpose (HKDF, RFC
 * 5869). Unseals with it and with `otherKeys`, so that a master key can be replaced while sealed
 * things are about. Random nonces of 192 bits: no bound on seals that could be reached (2^80 for
 * each purpose and key). Does not stop replay: put an id or an end into what is sealed.
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
