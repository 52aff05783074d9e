/**
 * Password hashes: argon2id (RFC 9106) as a PHC string, with the parameters that OWASP recommends
 * for it. Hashes of other systems (stored-hashes.ts) are verified too. They are outdated, so the
 * first right sign-in replaces them.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type ComputeTag, computeTagInPool } from './hashing.ts';
import { parseStoredHash, type StoredHash } from './stored-hashes.ts';

/** 19 MiB, two passes, one lane: about 10 ms of one core. */
const currentParameters = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;

const version = 0x13;
const saltBytes = 16;

/**
 * The weakest setting that OWASP calls equal, as memory times passes.
 */
const leastWork = 35_840;
const leastMemoryKiB = 7168;

/**
 * Whether it is an argon2id hash that need not be replaced soon. The configuration file may have
 * only these. The import of accounts takes every known form.
 */
export function isStrongHash(text: string): boolean {
  const recipe = parseStoredHash(text)?.recipe;
  if (recipe?.algorithm !== 'argon2id') return false;
  return recipe.memory >= leastMemoryKiB && recipe.memory * recipe.passes >= leastWork;
}

/**
 * Unicode can write one character in several ways. NFC makes them equal (NIST SP 800-63B §3.1.1.2).
 * Nothing is cut.
 */
function encodePassword(password: string): Buffer {
  return Buffer.from(password.normalize('NFC'), 'utf8');
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/**
 * Hashes with the current parameters and a new salt. Does not check the password against the rules.
 */
export async function hashPassword(
  password: string,
  computeTag: ComputeTag = computeTagInPool,
): Promise<string> {
  const nonce = randomBytes(saltBytes);
  const message = encodePassword(password);
  const tag = await computeTag({ algorithm: 'argon2id', message, nonce, ...currentParameters });
  const { memory, passes, parallelism } = currentParameters;
  return `$argon2id$v=${version}$m=${memory},t=${passes},p=${parallelism}$${unpadded(nonce)}$${unpadded(Buffer.from(tag))}`;
}

/** Used if there is no account: a hash with the current parameters that matches no password. */
const nobody: StoredHash = {
  recipe: { algorithm: 'argon2id', nonce: Buffer.alloc(saltBytes), ...currentParameters },
  tag: Buffer.alloc(currentParameters.tagLength),
};

/** Whether the hash has another algorithm or other parameters than the current ones. */
export function isOutdated(text: string): boolean {
  const recipe = parseStoredHash(text)?.recipe;
  if (recipe === undefined) return false;
  if (recipe.algorithm !== 'argon2id') return true;
  const { memory, passes, parallelism } = currentParameters;
  return recipe.memory !== memory || recipe.passes !== passes || recipe.parallelism !== parallelism;
}

/** Without a readable hash, it takes as long as checking `likeness`, and returns false. */
export async function verifyPasswordHash(
  text: string | undefined,
  password: string,
  computeTag: ComputeTag = computeTagInPool,
  likeness?: string,
): Promise<boolean> {
  const parsed = text === undefined ? undefined : parseStoredHash(text);
  const hash = parsed ?? (likeness === undefined ? undefined : parseStoredHash(likeness)) ?? nobody;
  const tag = await computeTag({ ...hash.recipe, message: encodePassword(password) });
  // HMAC fills a short key with NULs, and bcrypt may stop at one. No other system takes a NUL.
  const isPossible = hash.recipe.algorithm === 'argon2id' || !password.includes('\0');
  return timingSafeEqual(tag, hash.tag) && parsed !== undefined && isPossible;
}
