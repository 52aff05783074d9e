/**
 * Does all the cryptographic work that was asked for in one turn of the event loop in one tight loop. A signature made or
 * checked in the middle of a request costs up to twice of one beside its like. Whoever awaits goes on after the loop.
 */
export type Batch = <T>(work: () => T | Promise<T>) => Promise<T>;

/** Work that throws rejects its own promise alone. */
export function createBatch(): Batch {
  let queue: (() => void)[] = [];
  function flush(): void {
    const jobs = queue;
    queue = [];
    for (const job of jobs) job();
  }
  return (work) =>
    new Promise((resolve, reject) => {
      const job = () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      };
      if (queue.push(job) === 1) setImmediate(flush);
    });
}
