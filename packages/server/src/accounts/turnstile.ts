/**
 * Limits how much expensive work runs and waits. Argon2 needs 19 MiB and a thread for each check.
 * Without a limit, many sign-ins would take all memory and block other users of the thread pool.
 */
export interface Turnstile {
  /**
   * Returns the result of the work, or undefined if too many wait already. Then nothing was
   * started.
   */
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

  /** The slot goes directly to the next waiting caller, so that nobody overtakes it. */
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
