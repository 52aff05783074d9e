import type { Clock } from '@keywright/core';

/** A clock that the test moves. In seconds. */
export interface ManualClock extends Clock {
  /** Moves the time on, in seconds. */
  advance(seconds: number): void;
}

/**
 * Makes a clock that stands still until it is moved. Starts in 2026, or at `startSeconds` since
 * 1970.
 */
export function createManualClock(startSeconds = 1_790_000_000): ManualClock {
  let now = startSeconds;
  return {
    nowSeconds: () => now,
    advance: (seconds) => {
      now += seconds;
    },
  };
}
