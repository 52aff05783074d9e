/**
 * Secrets of 256 bits and their digests. Only for secrets with full entropy: a password needs a
 * slow hash.
 */
import { hash, randomFillSync, timingSafeEqual } from 'node:crypto';

/**
 * SHA-256 of a secret, as 43 characters of base64url: the form in which a secret is stored. Only
 * for secrets of full entropy: a password needs a slow hash.
 */
export function digest(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/**
 * Whether two digests are equal. The comparison takes constant time for digests of one length. The
 * length of a digest is no secret.
 */
export function equalDigests(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

const secretLength = 32;
const poolLength = 128 * secretLength;

function randomBytesOfSystem(length: number): Uint8Array {
  return randomFillSync(Buffer.alloc(length));
}

/**
 * Makes a function that returns a new secret of 256 bits at each call, as 43 characters of
 * base64url. `randomBytes` is called for 4096 bytes at once. Default: that of the system.
 */
export function createTokenSource(
  randomBytes: (length: number) => Uint8Array = randomBytesOfSystem,
): () => string {
  let pool = Buffer.alloc(0);
  let used = 0;
  return () => {
    if (used === pool.length) {
      pool = Buffer.from(randomBytes(poolLength));
      used = 0;
    }
    const secret = pool.toString('base64url', used, used + secretLength);
    // A secret that was returned does not stay in the pool.
    pool.fill(0, used, used + secretLength);
    used += secretLength;
    return secret;
  };
}
