/**
 * Counts the requests that wait for foreign hosts or for passwords. Core knows them, and the gate
 * admits other requests meanwhile.
 */
import type { Elsewhere } from '@keywright/core';

export interface CountedElsewhere extends Elsewhere {
  readonly count: number;
}

export function createElsewhere(): CountedElsewhere {
  let count = 0;
  return {
    enter() {
      count += 1;
    },
    leave() {
      count -= 1;
    },
    get count() {
      return count;
    },
  };
}
