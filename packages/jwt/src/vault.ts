/** Sealing with a master key that is not in the store: AES-256-GCM (NIST SP 800-38D), subkeys by HKDF (RFC 5869). */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomFillSync } from 'node:crypto';

export interface Vault {
  /** AES-256-GCM under a key of its own per purpose. `context` must be given again to unseal. */
  seal(purpose: string, plaintext: string | Uint8Array, context?: string): string;
  /** The plaintext, or undefined when it was not sealed here, for this purpose and context. */
  unseal(purpose: string, sealed: string, context?: string): Uint8Array | undefined;
  /** HMAC-SHA256 under a key of its own per purpose, base64url. */
  mac(purpose: string, data: string): string;
}

const cipher = 'aes-256-gcm';
const keyLength = 32;
const version = 1;
const nonceLength = 12;
const tagLength = 16;
const headLength = 1 + nonceLength;

/** Purposes are few fixed words, so the subkeys may stay. */
function createKeyring(masterKey: Uint8Array): (purpose: string) => Buffer {
  // A text of 32 characters would become a key of zeros and digits.
  const isKey = (masterKey as unknown) instanceof Uint8Array && masterKey.length === keyLength;
  if (!isKey) throw new TypeError('A master key has 32 bytes.');
  const master = Uint8Array.from(masterKey);
  const subkeys = new Map<string, Buffer>();
  return (purpose) => {
    const known = subkeys.get(purpose);
    if (known !== undefined) return known;
    const subkey = Buffer.from(hkdfSync('sha256', master, '', `keywright vault ${purpose}`, keyLength));
    subkeys.set(purpose, subkey);
    return subkey;
  };
}

/** The version is authenticated too: an old form can never be passed off as a newer one. */
function additionalData(context: string): Buffer {
  return Buffer.from(String.fromCharCode(version) + context);
}

const nonces = Buffer.alloc(256 * nonceLength);
let noncesUsed = nonces.length;

/** Out of a pool: asking the system for each costs as much as the encryption. */
function writeNonce(into: Buffer): void {
  if (noncesUsed === nonces.length) {
    randomFillSync(nonces);
    noncesUsed = 0;
  }
  nonces.copy(into, 1, noncesUsed, noncesUsed + nonceLength);
  noncesUsed += nonceLength;
}

function encrypt(key: Buffer, plaintext: string | Uint8Array, context: string): string {
  const text = typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext;
  const sealed = Buffer.allocUnsafe(headLength + text.length + tagLength);
  sealed[0] = version;
  writeNonce(sealed);
  const options = { authTagLength: tagLength };
  const encryption = createCipheriv(cipher, key, sealed.subarray(1, headLength), options);
  encryption.setAAD(additionalData(context));
  // In counter mode the ciphertext is as long as the plaintext, and all of it comes at once.
  encryption.update(text).copy(sealed, headLength);
  encryption.final();
  encryption.getAuthTag().copy(sealed, headLength + text.length);
  return sealed.toString('base64url');
}

function decrypt(key: Buffer, bytes: Buffer, context: string): Uint8Array | undefined {
  const tagStart = bytes.length - tagLength;
  const decryption = createDecipheriv(cipher, key, bytes.subarray(1, headLength), {
    authTagLength: tagLength,
  });
  decryption.setAAD(additionalData(context));
  decryption.setAuthTag(bytes.subarray(tagStart));
  const text = decryption.update(bytes.subarray(headLength, tagStart));
  try {
    return Buffer.concat([text, decryption.final()]);
  } catch {
    return undefined;
  }
}

/** The sealed bytes, or undefined for what cannot have been made here. */
function decode(sealed: string): Buffer | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  const isOurs = bytes.length >= headLength + tagLength && bytes[0] === version;
  return isOurs && bytes.toString('base64url') === sealed ? bytes : undefined;
}

/**
 * Seals with `masterKey` (32 bytes); unseals with it and with `formerKeys`, so that a master key can be replaced while
 * sealed things are about. Random 96-bit nonces: at most 2^32 seals per purpose and key (SP 800-38D §8.3).
 * Does not stop replay: put an id or an end into what is sealed.
 * @throws TypeError for a key of another length
 */
export function createVault(masterKey: Uint8Array, formerKeys: readonly Uint8Array[] = []): Vault {
  const current = createKeyring(masterKey);
  const keyrings = [current, ...formerKeys.map(createKeyring)];
  function unseal(purpose: string, sealed: string, context = ''): Uint8Array | undefined {
    const bytes = decode(sealed);
    if (bytes === undefined) return undefined;
    for (const keyring of keyrings) {
      const plaintext = decrypt(keyring(purpose), bytes, context);
      if (plaintext !== undefined) return plaintext;
    }
    return undefined;
  }
  return {
    seal: (purpose, plaintext, context = '') => encrypt(current(purpose), plaintext, context),
    unseal,
    // A purpose never serves both: the subkey of a MAC is not that of a seal.
    mac: (purpose, data) =>
      createHmac('sha256', current(`mac ${purpose}`))
        .update(data)
        .digest('base64url'),
  };
}
