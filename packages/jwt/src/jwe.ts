/**
 * Encrypted messages in compact form (RFC 7516 §7.1): ECDH-ES by direct agreement (RFC 7518 §4.6)
 * with X25519 or P-256, and A256GCM. No other algorithm, no compression, no extension, no JSON
 * serialisation. A message does not prove who wrote it: the key is public, so anyone can seal for
 * it.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';
import { concatKdf } from './concat-kdf.ts';
import { assertGiven, isName } from './given.ts';
import { type JsonObject, parseJsonObject } from './json-object.ts';
import { JwtError } from './jwt-error.ts';
import {
  agree,
  type AgreementCurve,
  type AgreementKey,
  type AgreementKeySet,
  generatePair,
  importAgreementPublicKey,
  type SealingKey,
} from './key-agreement.ts';

/** The longest message that `openJwe` takes, in characters. */
export const longestJwe = 8 * 1024;

const algorithm = 'ECDH-ES';
const encryption = 'A256GCM';
const cipher = 'aes-256-gcm';
const keyBits = 256;
const nonceLength = 12;
const tagLength = 16;
const nothing = Buffer.alloc(0);

/** The random parts of a message. Only tests set them, so that a message is always the same. */
export interface SealChance {
  readonly ephemeralKey: KeyObject;
  readonly nonce: Uint8Array;
}

function createChance(curve: AgreementCurve): SealChance {
  return { ephemeralKey: generatePair(curve), nonce: randomFillSync(Buffer.alloc(nonceLength)) };
}

/**
 * Seals a text for one receiver (RFC 7516 §7.1, only ECDH-ES and A256GCM). Does not check the text,
 * and proves nothing about who sealed it.
 * @throws TypeError if no secret can be agreed with the key
 * @example
 * ```ts
 * import {
 *   findSealingKey,
 *   generateDecryptionKey,
 *   importAgreementKeys,
 *   openJwe,
 *   sealJwe,
 * } from '@keywright/jwt';
 *
 * const keys = importAgreementKeys([generateDecryptionKey()]);
 * const receiver = findSealingKey({ keys: keys.publicJwks });
 * if (receiver === undefined) throw new Error('no key to seal for');
 * const message = sealJwe('a secret', 'example+jwe', receiver);
 * console.log(openJwe(message, { keys, typ: 'example+jwe' }).toString());
 * ```
 */
export function sealJwe(
  plaintext: string,
  typ: string,
  receiver: SealingKey,
  chance: SealChance = createChance(receiver.curve),
): string {
  const { ephemeralKey, nonce } = chance;
  const sharedSecret = agree(ephemeralKey, receiver.publicKey);
  if (sharedSecret === undefined)
    throw new TypeError('The key of the receiver cannot be used for key agreement.');
  const { kty, crv, x, y } = createPublicKey(ephemeralKey).export({ format: 'jwk' });
  const header = {
    alg: algorithm,
    enc: encryption,
    typ,
    kid: receiver.kid,
    epk: { kty, crv, x, y },
  };
  const head = Buffer.from(JSON.stringify(header)).toString('base64url');
  const key = concatKdf({
    sharedSecret,
    algorithm: encryption,
    keyBits,
    apu: nothing,
    apv: nothing,
  });
  const sealing = createCipheriv(cipher, key, nonce, { authTagLength: tagLength });
  sealing.setAAD(Buffer.from(head, 'latin1'));
  const sealed = Buffer.concat([sealing.update(plaintext, 'utf8'), sealing.final()]);
  const parts = [Buffer.from(nonce), sealed, sealing.getAuthTag()].map((part) =>
    part.toString('base64url'),
  );
  return `${head}..${parts.join('.')}`;
}

/** The keys and the type that a message must be sealed for. */
export interface OpenOptions {
  readonly keys: AgreementKeySet;
  /** The exact `typ`. */
  readonly typ: string;
}

interface Parts {
  readonly head: string;
  readonly header: JsonObject;
  readonly nonce: Buffer;
  readonly sealed: Buffer;
  readonly tag: Buffer;
}

/**
 * One reason for every failure (ASVS 11.2.5). The note is for the log, and contains only what
 * anyone can see without a key.
 */
function refuse(note: string): JwtError {
  return new JwtError('sealed_key_invalid', note);
}

/**
 * Opens a message that was sealed for one of these keys (RFC 7516 §5.2). Does not check who sealed
 * it, or whether it arrived before.
 * @throws JwtError `sealed_key_invalid` for every fault
 * @throws TypeError without an expected type
 */
export function openJwe(message: string, { keys, typ }: OpenOptions): Buffer {
  // A message without a type would match a missing expected type.
  assertGiven({ typ: isName(typ) });
  const parts = takeApart(message);
  const { header } = parts;
  assertHeader(header, typ);
  const key = keys.find(header['kid'] as string);
  if (key === undefined) throw refuse('no such key');
  const contentKey = deriveKey(header, key);
  const plaintext = contentKey && decrypt(contentKey, parts);
  // One note for every fault that needs the private key, so that a caller cannot distinguish an
  // invalid point and a changed letter.
  if (plaintext === undefined) throw refuse('cannot be opened');
  return plaintext;
}

function takeApart(message: string): Parts {
  if (message.length > longestJwe) throw refuse('too long');
  const [head = '', encryptedKey, nonce, sealed, tag, ...rest] = message.split('.', 6);
  // RFC 7518 §4.6: with direct agreement, the encrypted key is empty.
  if (tag === undefined || rest.length > 0 || encryptedKey !== '') throw refuse('not five parts');
  const header = parseJsonObject(decode(head));
  if (header === undefined) throw refuse('header is not a plain JSON object');
  const parts = { head, header, nonce: decode(nonce), sealed: decode(sealed), tag: decode(tag) };
  // RFC 7518 §5.3. A shorter tag would be easier to guess.
  if (parts.nonce.length !== nonceLength || parts.tag.length !== tagLength)
    throw refuse('nonce or tag');
  return parts;
}

/**
 * Buffer skips characters that are not base64url, and ignores surplus bits. Only a text that
 * encodes back to itself is canonical.
 */
function decode(part = ''): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw refuse('not canonical base64url');
  return bytes;
}

function assertHeader(header: JsonObject, typ: string): void {
  // RFC 7516 §4.1.13: an extension that is not understood must be refused. No extension is
  // understood here.
  if (Object.hasOwn(header, 'crit')) throw refuse('critical extension');
  // RFC 8725 §3.6: compression is refused.
  if (Object.hasOwn(header, 'zip')) throw refuse('compressed');
  if (header['alg'] !== algorithm || header['enc'] !== encryption) throw refuse('other alg or enc');
  // RFC 8725 §3.11.
  if (header['typ'] !== typ) throw refuse('other typ');
  if (typeof header['kid'] !== 'string') throw refuse('no kid');
}

function deriveKey(header: JsonObject, { curve, privateKey }: AgreementKey): Buffer | undefined {
  const epk = header['epk'];
  if (typeof epk !== 'object' || epk === null) return undefined;
  const ephemeral = importAgreementPublicKey(epk as JsonObject, curve);
  const sharedSecret = ephemeral && agree(privateKey, ephemeral);
  const [apu, apv] = [partyOf(header['apu']), partyOf(header['apv'])];
  if (sharedSecret === undefined || apu === undefined || apv === undefined) return undefined;
  return concatKdf({ sharedSecret, algorithm: encryption, keyBits, apu, apv });
}

/** RFC 7518 §4.6.1.2, §4.6.1.3: used if it is present, with any content. */
function partyOf(value: unknown): Buffer | undefined {
  if (value === undefined) return nothing;
  return typeof value === 'string' ? decode(value) : undefined;
}

function decrypt(key: Buffer, { head, nonce, sealed, tag }: Parts): Buffer | undefined {
  const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagLength });
  opening.setAAD(Buffer.from(head, 'latin1'));
  opening.setAuthTag(tag);
  // In counter mode, all of the text is decrypted at once. It is returned only after the tag was
  // checked.
  const plaintext = opening.update(sealed);
  try {
    opening.final();
    return plaintext;
  } catch {
    return undefined;
  }
}
