/**
 * The functions that hash a password. The hashing thread loads this file, so it imports only what
 * the thread needs.
 */
import {
  type Argon2Parameters,
  argon2,
  argon2Sync,
  createCipheriv,
  createHash,
  pbkdf2Sync,
  scryptSync,
} from 'node:crypto';

/** How a password becomes a tag, except the password. In a form that can be sent to a thread. */
export type Recipe =
  | ({ readonly algorithm: Argon2Algorithm } & Omit<Argon2Parameters, 'message'>)
  | {
      readonly algorithm: 'bcrypt';
      /** The first 29 characters of the hash: version, cost and salt. */
      readonly setting: string;
    }
  | {
      readonly algorithm: 'pbkdf2';
      readonly digest: Pbkdf2Digest;
      readonly iterations: number;
      readonly salt: Uint8Array;
      readonly tagLength: number;
    }
  | ({ readonly algorithm: 'scrypt'; readonly tagLength: number } & ScryptCost)
  | ({
      readonly algorithm: 'firebase-scrypt';
      readonly signerKey: Uint8Array;
    } & ScryptCost)
  | {
      readonly algorithm: 'phpass';
      readonly rounds: number;
      readonly salt: Uint8Array;
    }
  | {
      readonly algorithm: 'salted-digest';
      readonly digest: SaltedDigest;
      readonly salt: Uint8Array;
    };

export type Argon2Algorithm = 'argon2id' | 'argon2i' | 'argon2d';
export type Pbkdf2Digest = 'sha1' | 'sha256' | 'sha512';
export type SaltedDigest = 'sha1' | 'sha256' | 'sha384' | 'sha512';

export interface ScryptCost {
  readonly salt: Uint8Array;
  /** The number of rounds, a power of two. */
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

export type Hashing = Recipe & { readonly message: Uint8Array };

export type ComputeTag = (hashing: Hashing) => Promise<Uint8Array>;

/**
 * Runs argon2 on the pool of libuv, which files, names and TLS need too, and all else in this
 * thread. For commands, not for a server under load.
 */
export const computeTagInPool: ComputeTag = (hashing) =>
  isArgon2(hashing)
    ? new Promise((resolve, reject) => {
        argon2(hashing.algorithm, hashing, (error, tag) =>
          error === null ? resolve(tag) : reject(error),
        );
      })
    : computeTagHere(hashing);

function isArgon2(
  hashing: Hashing,
): hashing is Extract<Hashing, { readonly algorithm: Argon2Algorithm }> {
  return hashing.algorithm.startsWith('argon2');
}

/** Blocks the thread while it computes. */
// oxlint-disable-next-line typescript/require-await -- one algorithm is loaded when it is needed
export async function computeTagHere(hashing: Hashing): Promise<Uint8Array> {
  switch (hashing.algorithm) {
    case 'bcrypt':
      return bcrypt(hashing);
    case 'pbkdf2': {
      const { message, salt, iterations, tagLength, digest } = hashing;
      return pbkdf2Sync(message, salt, iterations, tagLength, digest);
    }
    case 'scrypt':
      return scrypt(hashing.message, hashing, hashing.tagLength);
    case 'firebase-scrypt':
      return firebaseScrypt(hashing);
    case 'phpass':
      return phpass(hashing);
    case 'salted-digest':
      return createHash(hashing.digest).update(hashing.message).update(hashing.salt).digest();
    case 'argon2id':
    case 'argon2i':
    case 'argon2d':
      return argon2Sync(hashing.algorithm, hashing);
  }
}

async function bcrypt({ message, setting }: Of<'bcrypt'>): Promise<Uint8Array> {
  const { hashSync } = await import('bcryptjs');
  return Buffer.from(hashSync(Buffer.from(message).toString('utf8'), setting).slice(29), 'latin1');
}

type Of<A extends Recipe['algorithm']> = Extract<Hashing, { readonly algorithm: A }>;

/** RFC 7914. */
function scrypt(
  message: Uint8Array,
  { salt, cost, blockSize, parallelization }: ScryptCost,
  tagLength: number,
): Uint8Array {
  const maxmem = 128 * blockSize * (cost + parallelization + 2);
  return scryptSync(message, salt, tagLength, { cost, blockSize, parallelization, maxmem });
}

/** Firebase encrypts a key of the project with the scrypt key of the password (AES-256-CTR). */
function firebaseScrypt({ message, signerKey, ...cost }: Of<'firebase-scrypt'>): Uint8Array {
  const key = scrypt(message, cost, 32);
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(signerKey);
}

/** The portable hash of phpass, which WordPress and phpBB used: MD5, many times. */
function phpass({ message, rounds, salt }: Of<'phpass'>): Uint8Array {
  let tag = createHash('md5').update(salt).update(message).digest();
  for (let round = 0; round < rounds; round += 1)
    tag = createHash('md5').update(tag).update(message).digest();
  return tag;
}
