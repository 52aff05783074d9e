/**
 * How much work is begun in one turn of the event loop; what is more stands in line for the next turns. Node reads all that has arrived in one
 * turn, and after a burst that may be thousands of requests: were they all begun in it, whoever is to be refused meanwhile, or asks for what
 * is made beforehand, would wait for the work of all of them.
 */
import { createLine } from './line.ts';

export interface Pace {
  /** Begins at once, or in one of the next turns. */
  begin(work: () => void): void;
  /** Whether what is begun now has to stand in line. */
  readonly isFull: boolean;
  readonly size: number;
  /** Since when whoever is first in line has been standing there, by the clock; undefined when nobody is. */
  readonly since: number | undefined;
}

/** Enough for what is signed and stored together to cost little, and some ten milliseconds of work. */
export const mostInTurn = 64;

export function createPace(clock: () => number): Pace {
  const line = createLine<{ readonly work: () => void; readonly since: number }>();
  let begun = 0;
  let turnedAt: number | undefined;
  /** While anything was begun there is a next turn, and as long as somebody stands in line a turn begins as much as it may. */
  const turn = (): void => {
    begun = 0;
    turnedAt = undefined;
    for (let { first } = line; first !== undefined && begun < mostInTurn; { first } = line) {
      line.dropFirst();
      begun += 1;
      first.work();
    }
    if (begun > 0) setImmediate(turn);
  };
  return {
    begin(work) {
      if (begun >= mostInTurn) {
        turnedAt ??= clock();
        line.add({ work, since: turnedAt });
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
    get since() {
      return line.first?.since;
    },
  };
}
