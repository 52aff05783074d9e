/**
 * Limits how many requests start in one turn of the event loop. The others wait for the next turns.
 * Node reads everything that arrived in one turn, which may be thousands of requests after a burst.
 * If all started in this turn, a refusal or a published document would wait for the work of all of
 * them.
 */
import { createLine } from './line.ts';

export interface Pace {
  /** Starts at once, or in one of the next turns. */
  begin(work: () => void): void;
  /** Whether new work must wait for a later turn. */
  readonly isFull: boolean;
  /** How many requests wait. */
  readonly size: number;
}

/** Enough that signing and storing together saves time, and about ten milliseconds of work. */
export const mostInTurn = 64;

export function createPace(): Pace {
  const line = createLine<() => void>();
  let begun = 0;
  /**
   * After a start there is always a next turn. While requests wait, each turn starts as many as it
   * may.
   */
  const turn = (): void => {
    begun = 0;
    for (let { first } = line; first !== undefined && begun < mostInTurn; { first } = line) {
      line.dropFirst();
      begun += 1;
      first();
    }
    if (begun > 0) setImmediate(turn);
  };
  return {
    begin(work) {
      if (begun >= mostInTurn) {
        line.add(work);
        return;
      }
      if (begun === 0) setImmediate(turn);
      begun += 1;
      work();
    },
    get isFull() {
      return begun >= mostInTurn;
    },
    get size() {
      return line.size;
    },
  };
}
