import type { Clock } from '@keywright/core';

export interface ManualClock extends Clock {
  /** Moves the time on, in seconds. */
  advance(seconds: number): void;
}

/** A clock that stands still until it is moved. Starts in 2026. */
export function createManualClock(startSeconds = 1_790_000_000): ManualClock {
  let now = startSeconds;
  return {
    nowSeconds: () => now,
    advance: (seconds) => {
      now += seconds;
    },
  };
}
