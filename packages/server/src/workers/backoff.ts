/**
 * How long to wait before a dead worker is replaced: longer each time, and not at all if it had
 * served for a while.
 */

const firstMilliseconds = 100;
const longestMilliseconds = 10_000;
/** A worker that served for this time did not die because of its start. */
const soundMilliseconds = 30_000;

export interface Backoff {
  /**
   * Called after it has ended. `livedMilliseconds` counts from when it served, 0 if it never did.
   */
  next(livedMilliseconds: number): number;
}

export function createBackoff(): Backoff {
  let failures = 0;
  return {
    next(livedMilliseconds) {
      if (livedMilliseconds >= soundMilliseconds) failures = 0;
      failures += 1;
      return failures === 1 && livedMilliseconds > 0
        ? 0
        : Math.min(longestMilliseconds, firstMilliseconds * 2 ** (failures - 1));
    },
  };
}
