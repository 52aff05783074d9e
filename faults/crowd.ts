/** Many equal calls, a few at a time. */

/**
 * Calls `act` for each number below `count`, `atOnce` of them at the same time. Returns the results
 * in order.
 */
export async function forEach<T>(
  count: number,
  atOnce: number,
  act: (index: number, worker: number) => Promise<T>,
): Promise<readonly T[]> {
  const answers: T[] = [];
  let next = 0;
  const work = async (_: unknown, worker: number): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      answers[index] = await act(index, worker);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return answers;
}
