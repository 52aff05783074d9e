/**
 * Counts the requests that wait for foreign hosts or for passwords. Core knows them, and the gate
 * admits other requests meanwhile.
 */
import type { ExternalWaits } from '@keywright/core';
import { createPace } from './pace.ts';

export interface CountedExternalWaits extends ExternalWaits {
  readonly count: number;
}

export function createExternalWaits(): CountedExternalWaits {
  const pace = createPace();
  let count = 0;
  return {
    enter() {
      count += 1;
    },
    // The gate counted none of them. So their work is spread over turns, like that of others.
    leave: () =>
      new Promise((resolve) =>
        pace.begin(() => {
          count -= 1;
          resolve();
        }),
      ),
    get count() {
      return count;
    },
  };
}
