/**
 * Does work at the end of the current turn of the event loop, together with all other work of the
 * turn.
 */
export type Batch = <T>(work: () => T | Promise<T>) => Promise<T>;

/**
 * Makes a queue that does all work of one turn of the event loop in one loop. A signature that is
 * made or checked in the middle of a request costs up to twice as much. Work that throws rejects
 * only its own promise. The queue has no bound.
 */
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
