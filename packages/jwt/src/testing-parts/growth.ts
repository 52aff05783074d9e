/** How the time of a piece of work grows with its input: a ratio, which no slow machine changes. */

const tries = 3;
/**
 * Shorter work is repeated until it takes so long, because the clock of the processor is coarse.
 */
const leastMicroseconds = 4000;

/**
 * How many times longer `work` takes for an input 32 times as long: about 32 where the time grows
 * with the length (collecting garbage may double that), about 1000 where it grows with its square.
 * The time is the processor's, the shortest of several tries, and without what `make` takes.
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

/** What `work` takes of the processor. */
export function microsecondsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
