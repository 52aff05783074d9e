/** How long to wait before a worker that died is started again: longer each time, and not at all when it had lived. */

const firstMilliseconds = 100;
const longestMilliseconds = 10_000;
/** Whoever served so long did not die of how it was started. */
const soundMilliseconds = 30_000;

export interface Backoff {
  /** After it has ended; `livedMilliseconds` is since it served, 0 when it never did. */
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
