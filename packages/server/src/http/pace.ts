/**
 * How many requests begin in one turn of the event loop. The others wait in line for the next turns. Node reads everything that has
 * arrived in one turn, and after a burst that may be thousands of requests. If all began in that turn, a refusal or a published
 * document would wait for the work of all of them.
 */
import { createLine } from './line.ts';

export interface Pace {
  /** Begins at once, or in one of the next turns. */
  begin(work: () => void): void;
  /** Whether what is begun now waits in line. */
  readonly isFull: boolean;
  /** How many wait in line. */
  readonly size: number;
}

/** Enough for what is signed and stored together to cost little, and some ten milliseconds of work. */
export const mostInTurn = 64;

export function createPace(): Pace {
  const line = createLine<() => void>();
  let begun = 0;
  /** While anything was begun there is a next turn, and as long as somebody waits in line a turn begins as much as it may. */
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
