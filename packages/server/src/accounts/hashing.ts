/** What a password is hashed by. The thread that does it loads this file, and no more than it needs. */
import { argon2, argon2Sync } from 'node:crypto';

/** In the form that can be sent to a thread. */
export interface Hashing {
  readonly message: Uint8Array;
  readonly nonce: Uint8Array;
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly tagLength: number;
}

export type ComputeTag = (hashing: Hashing) => Promise<Uint8Array>;

/** On libuv's thread pool, which files, names and TLS need as well: for commands, not for a server under load. */
export const computeTagInPool: ComputeTag = (hashing) =>
  new Promise((resolve, reject) => {
    argon2('argon2id', hashing, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });

/** Blocks for as long as it takes. */
export function computeTagHere(hashing: Hashing): Uint8Array {
  return argon2Sync('argon2id', hashing);
}
