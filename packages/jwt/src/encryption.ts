/**
 * Encrypted messages in compact form (RFC 7516 §7.1): to keys that clients registered, and from
 * clients to our keys. Uses the library `jose` for key wrapping and for modes that our own `jwe.ts`
 * (API keys, one algorithm) does not need. It is an entry point of its own, so that the guard does
 * not contain it. No RSA1_5, no PBES2, no shared secret, no compression, no JSON serialisation.
 */
import { createPublicKey, generateKeyPair, type KeyObject, type webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { isStrongRsa } from './algorithms.ts';
import { type JsonObject, parseJsonObject } from './json-object.ts';
import { JwtError } from './jwt-error.ts';
import { type Jwk, thumbprint } from './key-set.ts';
import { hasPrivateMember } from './private-member.ts';

/**
 * The key management algorithms that messages may have (RFC 7518 §4.1): a new content key, for a
 * public key of the receiver. No RSA1_5, no PBES2, no shared secret.
 */
export const keyEncryptions = [
  'RSA-OAEP-256',
  'RSA-OAEP',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A256KW',
] as const;
/** The name of a key management algorithm, as `alg` states it. */
export type KeyEncryption = (typeof keyEncryptions)[number];

/** The algorithms that encrypt content (RFC 7518 §5.1). All of them authenticate it. */
export const contentEncryptions = ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'] as const;
/** The name of an algorithm that encrypts content, as `enc` states it. */
export type ContentEncryption = (typeof contentEncryptions)[number];

/**
 * Whether a value names a key management algorithm. Exact and case-sensitive, as with signatures
 * (RFC 8725 §3.1).
 */
export function isKeyEncryption(name: unknown): name is KeyEncryption {
  return (keyEncryptions as readonly unknown[]).includes(name);
}

/** Whether a value names an algorithm that encrypts content. Exact and case-sensitive. */
export function isContentEncryption(name: unknown): name is ContentEncryption {
  return (contentEncryptions as readonly unknown[]).includes(name);
}

const curves = ['P-256', 'P-384', 'P-521', 'X25519'];

/**
 * Reads the public key of a JWK for this algorithm. Undefined if it is for another algorithm or
 * another use (RFC 7517 §4.2 to §4.4), weak, not on its curve, or not public.
 */
export function importEncryptionKey(jwk: Jwk, algorithm: KeyEncryption): KeyObject | undefined {
  const { kty, crv, x, y, n, e, use, alg, key_ops: operations } = jwk;
  if (hasPrivateMember(jwk) || (use !== undefined && use !== 'enc')) return undefined;
  if (alg !== undefined && alg !== algorithm) return undefined;
  if (operations !== undefined && !isForEncryption(operations)) return undefined;
  const rsa = algorithm.startsWith('RSA');
  if (rsa ? kty !== 'RSA' : !curves.includes(crv as string)) return undefined;
  try {
    const members = rsa ? { kty, n, e } : { kty, crv, x, y };
    const key = createPublicKey({ key: members as webcrypto.JsonWebKey, format: 'jwk' });
    return !rsa || isStrongRsa(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

function isForEncryption(operations: unknown): boolean {
  return (
    Array.isArray(operations) &&
    ['wrapKey', 'encrypt', 'deriveKey', 'deriveBits'].some((one) => operations.includes(one))
  );
}

/** How a message is encrypted. */
export interface Encryption {
  readonly alg: KeyEncryption;
  readonly enc: ContentEncryption;
  /** Media type of the content: `JWT` for a signed token (RFC 7519 §5.2). */
  readonly cty?: string;
  /** Name of the receiver's key. */
  readonly kid?: string;
}

/**
 * Encrypts a text for one receiver (RFC 7516 §7.1). Does not check the text, and proves nothing
 * about who encrypted it.
 *
 * Rejects with TypeError if the key does not fit the algorithm.
 * @example
 * ```ts
 * import { decrypt, encryptFor } from '@keywright/jwt/encryption';
 * import { generateDecryptionPair, importEncryptionKey } from '@keywright/jwt/encryption';
 *
 * const { kid, privateKey, publicJwk } = await generateDecryptionPair('ECDH-ES');
 * const receiver = importEncryptionKey(publicJwk, 'ECDH-ES');
 * if (receiver === undefined) throw new Error('no key to encrypt for');
 * const message = await encryptFor(receiver, 'a text', { alg: 'ECDH-ES', enc: 'A256GCM', kid });
 * const { text } = await decrypt(message, [{ kid, algorithm: 'ECDH-ES', privateKey }]);
 * console.log(text);
 * ```
 */
export async function encryptFor(
  receiver: KeyObject,
  plaintext: string,
  { alg, enc, cty, kid }: Encryption,
): Promise<string> {
  const header = {
    alg,
    enc,
    ...(cty !== undefined ? { cty } : {}),
    ...(kid !== undefined ? { kid } : {}),
  };
  const { CompactEncrypt } = await loadJose();
  return new CompactEncrypt(Buffer.from(plaintext)).setProtectedHeader(header).encrypt(receiver);
}

/**
 * The algorithms of our own decryption keys. One key is for one algorithm. Key agreement is the
 * same with and without a wrapped key.
 */
export const decryptionAlgorithms = ['RSA-OAEP-256', 'ECDH-ES'] as const;
/** The name of the algorithm of a decryption key. */
export type DecryptionAlgorithm = (typeof decryptionAlgorithms)[number];

const opens: Readonly<Record<DecryptionAlgorithm, readonly KeyEncryption[]>> = {
  'RSA-OAEP-256': ['RSA-OAEP-256'],
  'ECDH-ES': ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'],
};

/** The algorithms with which others may encrypt for us, for the metadata. */
export const openedEncryptions: readonly KeyEncryption[] = decryptionAlgorithms.flatMap(
  (one) => opens[one],
);

/** A private key that opens messages. */
export interface DecryptionKey {
  readonly kid: string;
  readonly algorithm: DecryptionAlgorithm;
  readonly privateKey: KeyObject;
}

/** A message that was opened. */
export interface Decrypted {
  readonly header: JsonObject;
  readonly text: string;
}

/**
 * The longest message that `decrypt` accepts, in characters: the longest signed token, once more in
 * base64url, and its header.
 */
export const longestEncrypted = 32 * 1024;

/**
 * One reason for every failure (ASVS 11.2.5), so that a caller cannot distinguish a wrong key, a
 * changed letter and an invalid point.
 */
function refuse(note: string): JwtError {
  return new JwtError('token_malformed', note);
}

/**
 * Decrypts a message that is for one of these keys (RFC 7516 §5.2). Does not check who encrypted
 * it: the key is public, so anyone can.
 *
 * Rejects with JwtError `token_malformed` for every fault.
 */
export async function decrypt(message: string, keys: readonly DecryptionKey[]): Promise<Decrypted> {
  const header = readHeader(message);
  const fitting = keys.filter(
    ({ kid, algorithm }) =>
      opens[algorithm].includes(header['alg'] as KeyEncryption) &&
      (header['kid'] === undefined || header['kid'] === kid),
  );
  // Without a `kid`, all keys that are published at once are tried: the present key and the one
  // before it.
  for (const { privateKey } of fitting) {
    const text = await open(message, privateKey);
    if (text !== undefined) return { header, text };
  }
  throw refuse('cannot be decrypted');
}

/**
 * Loaded at the first use. A process that encrypts nothing needs 11 MB less and starts 20 ms
 * earlier.
 */
function loadJose() {
  return import('jose');
}

async function open(message: string, privateKey: KeyObject): Promise<string | undefined> {
  const { compactDecrypt } = await loadJose();
  try {
    const { plaintext } = await compactDecrypt(message, privateKey, {
      keyManagementAlgorithms: [...openedEncryptions],
      contentEncryptionAlgorithms: [...contentEncryptions],
      maxDecompressedLength: 0,
    });
    return Buffer.from(plaintext).toString('utf8');
  } catch {
    return undefined;
  }
}

/** Checks everything that is visible without a key, before a key is used. */
function readHeader(message: string): JsonObject {
  if (message.length > longestEncrypted) throw refuse('too long');
  const [head = '', ...rest] = message.split('.', 6);
  if (rest.length !== 4) throw refuse('not five parts');
  const bytes = Buffer.from(head, 'base64url');
  const header = bytes.toString('base64url') === head ? parseJsonObject(bytes) : undefined;
  if (header === undefined) throw refuse('header is not a plain JSON object');
  // RFC 7516 §4.1.13, RFC 8725 §3.6: no extension is understood, and compression is refused.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'zip'))
    throw refuse('critical extension or compressed');
  if (
    !openedEncryptions.includes(header['alg'] as KeyEncryption) ||
    !isContentEncryption(header['enc'])
  )
    throw refuse('other alg or enc');
  if (header['kid'] !== undefined && typeof header['kid'] !== 'string')
    throw refuse('kid is not a string');
  return header;
}

/** A new key pair with its published public half. */
export interface GeneratedDecryptionPair {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: Record<string, unknown>;
}

const generate = promisify(generateKeyPair);

/**
 * Makes a key pair, on the thread pool: P-256 for `ECDH-ES`, RSA of `rsaBits` (default: 3072) for
 * `RSA-OAEP-256`. Stores nothing.
 */
export async function generateDecryptionPair(
  algorithm: DecryptionAlgorithm,
  { rsaBits: modulusLength = 3072 }: { readonly rsaBits?: number } = {},
): Promise<GeneratedDecryptionPair> {
  const { privateKey, publicKey } =
    algorithm === 'ECDH-ES'
      ? await generate('ec', { namedCurve: 'prime256v1' })
      : await generate('rsa', { modulusLength });
  const kid = thumbprint(publicKey);
  const { kty, crv, x, y, n, e } = publicKey.export({ format: 'jwk' });
  const members = kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y };
  return { kid, privateKey, publicJwk: { ...members, kid, use: 'enc', alg: algorithm } };
}
