/**
 * The forms of password hashes that other systems store, so that accounts come with their
 * passwords. Each form has bounds, because the writer of a hash decides what one check costs.
 */
import type { Recipe } from './hashing.ts';

/** A hash, read from its text. */
export interface StoredHash {
  readonly recipe: Recipe;
  readonly tag: Buffer;
}

/** For help and faults: the names of the forms, one for each reader below. */
export const hashForms =
  'argon2id, argon2i, argon2d, bcrypt, scrypt, Firebase scrypt, PBKDF2, phpass, or salted SHA (RFC 2307)';

const readers: readonly ((text: string) => StoredHash | undefined)[] = [
  readArgon2,
  readBcrypt,
  readScrypt,
  readFirebaseScrypt,
  readPbkdf2,
  readDjangoPbkdf2,
  readPhpass,
  readSaltedDigest,
];

const longestHash = 1024;

/** Undefined for anything that is not a hash of a known form within its bounds. */
export function parseStoredHash(text: string): StoredHash | undefined {
  if (text.length > longestHash) return undefined;
  for (const read of readers) {
    const hash = read(text);
    if (hash !== undefined) return hash;
  }
  return undefined;
}

/** PHC strings have base64 without padding. passlib writes `.` for `+`. */
function fromBase64(text: string): Buffer {
  return Buffer.from(text.replaceAll('.', '+'), 'base64');
}

/** `$argon2id$v=19$m=19456,t=2,p=1$salt$hash` (RFC 9106; PHC string format). */
function readArgon2(text: string): StoredHash | undefined {
  const match =
    /^\$(argon2id|argon2i|argon2d)\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, algorithm, ...numbers] = match;
  const [memory = 0, passes = 0, parallelism = 0] = numbers.slice(0, 3).map(Number);
  const tag = fromBase64(match[6] ?? '');
  // Node refuses less memory than RFC 9106 §3.1 allows.
  if (parallelism < 1 || parallelism > 4 || memory < 8 * parallelism || memory > 262_144)
    return undefined;
  if (passes < 1 || passes > 16) return undefined;
  const recipe = {
    algorithm: algorithm as 'argon2id',
    nonce: fromBase64(match[5] ?? ''),
    memory,
    passes,
    parallelism,
    tagLength: tag.length,
  };
  return { recipe, tag };
}

/** `$2b$12$` with salt and hash. `$2x$` marks hashes of an implementation with a fault. */
function readBcrypt(text: string): StoredHash | undefined {
  const match = /^(\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/.exec(text);
  if (match === null) return undefined;
  const [, setting = '', tag = ''] = match;
  return { recipe: { algorithm: 'bcrypt', setting }, tag: Buffer.from(tag, 'latin1') };
}

/** The cost of scrypt: `ln` is the logarithm of the number of rounds. */
function scryptCost(ln: number, blockSize: number, parallelization: number, salt: Buffer) {
  const isPossible = ln >= 1 && blockSize >= 1 && parallelization >= 1 && salt.length > 0;
  const cost = 2 ** ln;
  if (!isPossible || 128 * cost * blockSize > mostScryptBytes || parallelization > 4)
    return undefined;
  return { cost, blockSize, parallelization, salt };
}

const mostScryptBytes = 64 * 2 ** 20;

/** `$scrypt$ln=14,r=8,p=1$salt$hash`. */
function readScrypt(text: string): StoredHash | undefined {
  const match =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/.]{2,172})\$([A-Za-z0-9+/.]{22,172})={0,2}$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, ln, r, p, salt = '', hash = ''] = match;
  const cost = scryptCost(Number(ln), Number(r), Number(p), fromBase64(salt));
  const tag = fromBase64(hash);
  return cost && { recipe: { algorithm: 'scrypt', ...cost, tagLength: tag.length }, tag };
}

/**
 * `$firescrypt$ln=14,r=8,p=1$salt$hash$separator$signerKey`. `ln` is `mem_cost` of the project and
 * `r` its `rounds`; the separator follows the salt.
 */
function readFirebaseScrypt(text: string): StoredHash | undefined {
  const match =
    /^\$firescrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=1\$([^$]{2,172})\$([^$]{22,172})\$([^$]{2,44})\$([^$]{22,172})$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, ln, r, salt = '', hash = '', separator = '', signerKey = ''] = match;
  const bytes = Buffer.concat([fromBase64(salt), fromBase64(separator)]);
  const cost = scryptCost(Number(ln), Number(r), 1, bytes);
  const [key, tag] = [fromBase64(signerKey), fromBase64(hash)];
  // The hash is the encrypted key, so they have the same length.
  if (cost === undefined || tag.length < 16 || key.length !== tag.length) return undefined;
  return { recipe: { algorithm: 'firebase-scrypt', ...cost, signerKey: key }, tag };
}

const mostIterations = 2_000_000;

function pbkdf2(digest: string, rounds: string, salt: Buffer, tag: Buffer): StoredHash | undefined {
  const iterations = Number(rounds);
  if (iterations < 1 || iterations > mostIterations || tag.length < 16) return undefined;
  const recipe = {
    algorithm: 'pbkdf2' as const,
    digest: (digest === '' ? 'sha1' : digest) as 'sha1',
    iterations,
    salt,
    tagLength: tag.length,
  };
  return { recipe, tag };
}

/** `$pbkdf2-sha256$29000$salt$hash` of passlib, or with `i=29000` or `i=29000,l=32`. */
function readPbkdf2(text: string): StoredHash | undefined {
  const match =
    /^\$pbkdf2-?(|sha1|sha256|sha512)\$(?:i=)?(\d{1,7})(?:,l=\d{1,3})?\$([A-Za-z0-9+/.]{2,172})={0,2}\$([A-Za-z0-9+/.]{22,172})={0,2}$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, digest = '', rounds = '', salt = '', hash = ''] = match;
  return pbkdf2(digest, rounds, fromBase64(salt), fromBase64(hash));
}

/** `pbkdf2_sha256$600000$salt$hash` of Django, whose salt is text. */
function readDjangoPbkdf2(text: string): StoredHash | undefined {
  const match =
    /^pbkdf2_(sha1|sha256)\$(\d{1,7})\$([^$]{1,128})\$([A-Za-z0-9+/]{22,172})={0,2}$/.exec(text);
  if (match === null) return undefined;
  const [, digest = '', rounds = '', salt = '', hash = ''] = match;
  return pbkdf2(digest, rounds, Buffer.from(salt, 'utf8'), fromBase64(hash));
}

const phpassAlphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `$P$B` with salt and hash: WordPress until 6.7, and `$H$` of phpBB 3. */
function readPhpass(text: string): StoredHash | undefined {
  const match = /^\$[PH]\$([./A-Za-z0-9])([./A-Za-z0-9]{8})([./A-Za-z0-9]{22})$/.exec(text);
  if (match === null) return undefined;
  const [, count = '', salt = '', hash = ''] = match;
  const logarithm = phpassAlphabet.indexOf(count);
  if (logarithm < 7 || logarithm > 18) return undefined;
  const recipe = {
    algorithm: 'phpass' as const,
    rounds: 2 ** logarithm,
    salt: Buffer.from(salt, 'latin1'),
  };
  return { recipe, tag: decodePhpass(hash) };
}

/** Its base64 writes the lowest six bits first. */
function decodePhpass(text: string): Buffer {
  const bytes: number[] = [];
  for (let start = 0; start < text.length; start += 4) {
    const values = Array.from(text.slice(start, start + 4), (one) => phpassAlphabet.indexOf(one));
    const number = values.reduceRight((sum, value) => sum * 64 + value, 0);
    bytes.push(number & 0xff, (number >> 8) & 0xff, (number >> 16) & 0xff);
  }
  return Buffer.from(bytes.slice(0, 16));
}

const digestLengths = { SSHA: 20, SSHA256: 32, SSHA384: 48, SSHA512: 64 } as const;

/**
 * `{SSHA}` and its larger relatives, as directories store them (RFC 2307 §5.3): the base64 of the
 * digest and the salt. One fast digest protects little, so the first sign-in must replace it soon.
 */
function readSaltedDigest(text: string): StoredHash | undefined {
  const match = /^\{(SSHA|SSHA256|SSHA384|SSHA512)\}([A-Za-z0-9+/]{28,172}={0,2})$/i.exec(text);
  if (match === null) return undefined;
  const [, name = '', encoded = ''] = match;
  const form = name.toUpperCase() as keyof typeof digestLengths;
  const bytes = Buffer.from(encoded, 'base64');
  const length = digestLengths[form];
  const [tag, salt] = [bytes.subarray(0, length), bytes.subarray(length)];
  // Without a salt, equal passwords have equal hashes.
  if (tag.length < length || salt.length === 0) return undefined;
  const digest = form === 'SSHA' ? 'sha1' : (`sha${length * 8}` as 'sha256');
  return { recipe: { algorithm: 'salted-digest', digest, salt }, tag };
}
