/** Counts the requests that wait for hosts of others or for passwords, between core, which knows of them, and the gate, which lets others in meanwhile. */
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
