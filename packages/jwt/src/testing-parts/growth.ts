/**
 * Measures how the time of work grows with its input, as a ratio, which does not depend on the
 * speed of the machine.
 */

const tries = 3;
/** Shorter work is repeated for so long, because the clock of the processor is coarse. */
const leastMicroseconds = 4000;

/**
 * How many times longer `work` takes for an input 32 times as long: about 32 if the time grows with
 * the length (garbage collection may double this), about 1000 if it grows with the square of the
 * length. The time is the shortest processor time of several tries, without the time of `make`.
 */
export function growthOf<T>(
  make: (length: number) => T,
  work: (input: T) => unknown,
  length: number,
): number {
  const [short, long] = [make(length), make(32 * length)];
  const times = repetitionsOf(() => work(short));
  const repeat = (input: T) => () => {
    for (let time = 0; time < times; time += 1) work(input);
  };
  return shortestOf(repeat(long)) / shortestOf(repeat(short));
}

function repetitionsOf(work: () => unknown): number {
  for (let times = 1; ; times *= 2) {
    const took = microsecondsOf(() => {
      for (let time = 0; time < times; time += 1) work();
    });
    if (took >= leastMicroseconds) return times;
  }
}

function shortestOf(work: () => unknown): number {
  return Math.min(...Array.from({ length: tries }, () => microsecondsOf(work)));
}

/** The processor time of `work`. */
export function microsecondsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
