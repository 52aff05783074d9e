/**
 * Bounds how much costly work runs and waits. Argon2 takes 19 MiB and a thread for each check: unbounded, a flood of
 * sign-ins would take all memory and starve whatever else needs the thread pool.
 */
export interface Turnstile {
  /** The work's result, or undefined when too many wait already: nothing was started. */
  pass<T>(work: () => Promise<T>): Promise<T | undefined>;
}

export function createTurnstile({
  parallel,
  waiting,
}: {
  readonly parallel: number;
  readonly waiting: number;
}): Turnstile {
  let running = 0;
  const queue: (() => void)[] = [];

  /** A place is handed on rather than freed, so that nobody overtakes those who wait. */
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next();
  };

  const enter = (): Promise<void> | undefined => {
    if (running >= parallel) return new Promise((resolve) => queue.push(resolve));
    running += 1;
    return undefined;
  };

  return {
    async pass(work) {
      if (running >= parallel && queue.length >= waiting) return undefined;
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
