/**
 * The functions that hash a password. The hashing thread loads this file, so it imports only what
 * the thread needs.
 */
import { argon2, argon2Sync } from 'node:crypto';

/** In a form that can be sent to a thread. */
export interface Hashing {
  readonly message: Uint8Array;
  readonly nonce: Uint8Array;
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly tagLength: number;
}

export type ComputeTag = (hashing: Hashing) => Promise<Uint8Array>;

/**
 * Runs on the pool of libuv, which files, names and TLS need too. For commands, not for a server
 * under load.
 */
export const computeTagInPool: ComputeTag = (hashing) =>
  new Promise((resolve, reject) => {
    argon2('argon2id', hashing, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });

/** Blocks until it is done. */
export function computeTagHere(hashing: Hashing): Uint8Array {
  return argon2Sync('argon2id', hashing);
}
