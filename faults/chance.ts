/**
 * Random values that can be repeated: by a printed seed, or by TESTS_SEED. Also how much of a test
 * is run.
 */
import { randomInt } from 'node:crypto';

export interface Chance {
  readonly seed: number;
  /** From 0 up to 1. */
  next(): number;
  /** A whole number from 0 up to `limit`. */
  below(limit: number): number;
  /** Throws if the list is empty. */
  pick<T>(from: readonly T[]): T;
}

/** mulberry32: small, and good enough to choose random moments. */
export function takeChance(test: string): Chance {
  const seed = Number(process.env['TESTS_SEED'] ?? randomInt(2 ** 31));
  process.stdout.write(`${test}: TESTS_SEED=${seed}\n`);
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = <T>(from: readonly T[]): T => {
    const picked = from[below(from.length)];
    if (picked === undefined) throw new Error('There is nothing to pick from.');
    return picked;
  };
  return { seed, next, below, pick };
}

/** `count`, or the share of it in TESTS_SCALE, for writing a test. */
export function scaled(count: number): number {
  return Math.max(1, Math.ceil(count * Number(process.env['TESTS_SCALE'] ?? 1)));
}
