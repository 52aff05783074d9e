/** Something that is made anew when it is asked for, at most once a second. */

/**
 * Whoever asks while it is made waits for the same one; two are never made side by side. When making fails, whoever waited is
 * told, and the next to ask tries again with what was there before.
 */
export function createRefreshed<T>(
  make: (former: T | undefined, now: number) => Promise<T>,
): (now: number) => Promise<T> {
  let madeAt: number | undefined;
  let current: Promise<T> | undefined;
  const makeAfter = async (former: Promise<T> | undefined, now: number): Promise<T> =>
    make(await former?.catch(() => undefined), now);
  return (now) => {
    if (current !== undefined && madeAt === now) return current;
    const former = current;
    const made = makeAfter(former, now);
    current = made;
    madeAt = now;
    made.catch(() => {
      if (current !== made) return;
      current = former;
      madeAt = undefined;
    });
    return made;
  };
}
