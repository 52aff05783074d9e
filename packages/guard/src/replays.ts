/**
 * Used ids, in the memory of one process. Several processes of one API need their own shared
 * `Replays`.
 */
import { GuardRefusal } from './guard-refusal.ts';
import type { Replays } from './options.ts';

/**
 * As many proofs as one core can check within the 66 s that a proof may be remembered: 9000 a
 * second. With fewer, an attacker with one valid key could exclude all other callers. Each entry
 * takes 110 to 160 bytes. Unused entries take none.
 */
const most = 600_000;

/** Answers at once. */
export interface LocalReplays extends Replays {
  claim(id: string, expiresAt: number): boolean;
}

/**
 * Remembers each id until it ends. If there is no space, the request is refused, because a
 * forgotten id could be used again. `claim` throws GuardRefusal `overloaded`.
 */
export function createReplays(clock: () => number, limit: number = most): LocalReplays {
  const used = new Set<string>();
  const bySecond = new Map<number, string[]>();
  let prunedAt = Number.NEGATIVE_INFINITY;

  /**
   * Runs once for each second and handles each id once, so that no single request pays for many.
   */
  function prune(second: number): void {
    if (second === prunedAt) return;
    prunedAt = second;
    for (const [end, ids] of bySecond) {
      if (end >= second) continue;
      for (const id of ids) used.delete(id);
      bySecond.delete(end);
    }
  }

  function remember(id: string, end: number): void {
    used.add(id);
    const ids = bySecond.get(end);
    if (ids === undefined) bySecond.set(end, [id]);
    else ids.push(id);
  }

  return {
    claim(id, expiresAt) {
      prune(Math.floor(clock() / 1000));
      if (used.has(id)) return false;
      if (used.size >= limit) throw new GuardRefusal('overloaded', { note: 'replays' });
      remember(id, Math.ceil(expiresAt / 1000));
      return true;
    },
  };
}
