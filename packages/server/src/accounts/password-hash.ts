/**
 * Password hashes: argon2id (RFC 9106) as a PHC string, with the parameters that OWASP recommends
 * for it.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type ComputeTag, computeTagInPool, type Hashing } from './hashing.ts';

export interface Argon2Parameters {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

/** 19 MiB, two passes, one lane: about 10 ms of one core. */
export const currentParameters: Argon2Parameters = { memoryKiB: 19_456, passes: 2, lanes: 1 };

const version = 0x13;
const saltBytes = 16;
const tagBytes = 32;
/**
 * The weakest setting that OWASP calls equal, as memory times passes. The other bounds limit the
 * cost of one check.
 */
const leastWork = 35_840;
const leastMemoryKiB = 7168;
const mostMemoryKiB = 262_144;
const mostPasses = 16;
const mostLanes = 4;

interface PasswordHash extends Argon2Parameters {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

const pattern =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** Undefined for anything except an argon2id hash within the bounds. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, memory, passes, lanes, salt = '', tag = ''] = match;
  const hash: PasswordHash = {
    memoryKiB: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
  return isWithinBounds(hash) ? hash : undefined;
}

function isWithinBounds({ memoryKiB, passes, lanes }: Argon2Parameters): boolean {
  const strong = memoryKiB >= leastMemoryKiB && memoryKiB * passes >= leastWork;
  return (
    strong && memoryKiB <= mostMemoryKiB && passes <= mostPasses && lanes >= 1 && lanes <= mostLanes
  );
}

/**
 * Unicode can write one character in several ways. NFC makes them equal (NIST SP 800-63B §3.1.1.2).
 * Nothing is cut.
 */
function encodePassword(password: string): Buffer {
  return Buffer.from(password.normalize('NFC'), 'utf8');
}

function toHashing(
  password: string,
  salt: Buffer,
  tagLength: number,
  parameters: Argon2Parameters,
): Hashing {
  return {
    message: encodePassword(password),
    nonce: salt,
    parallelism: parameters.lanes,
    tagLength,
    memory: parameters.memoryKiB,
    passes: parameters.passes,
  };
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
  const salt = randomBytes(saltBytes);
  const tag = Buffer.from(await computeTag(toHashing(password, salt, tagBytes, currentParameters)));
  const { memoryKiB, passes, lanes } = currentParameters;
  return `$argon2id$v=${version}$m=${memoryKiB},t=${passes},p=${lanes}$${unpadded(salt)}$${unpadded(tag)}`;
}

/** Used if there is no account: a hash with the current parameters that matches no password. */
const nobody: PasswordHash = {
  ...currentParameters,
  salt: Buffer.alloc(saltBytes),
  tag: Buffer.alloc(tagBytes),
};

/** Whether the hash has other parameters than the current ones. */
export function isOutdated(text: string): boolean {
  const hash = parsePasswordHash(text);
  if (hash === undefined) return false;
  const { memoryKiB, passes, lanes } = currentParameters;
  return hash.memoryKiB !== memoryKiB || hash.passes !== passes || hash.lanes !== lanes;
}

/** Without a readable hash, it takes as long as checking `likeness`, and returns false. */
export async function verifyPasswordHash(
  text: string | undefined,
  password: string,
  computeTag: ComputeTag = computeTagInPool,
  likeness?: string,
): Promise<boolean> {
  const parsed = text === undefined ? undefined : parsePasswordHash(text);
  const hash =
    parsed ?? (likeness === undefined ? undefined : parsePasswordHash(likeness)) ?? nobody;
  const tag = await computeTag(toHashing(password, hash.salt, hash.tag.length, hash));
  return timingSafeEqual(tag, hash.tag) && parsed !== undefined;
}
