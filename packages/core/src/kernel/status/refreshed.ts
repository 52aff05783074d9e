/** A value that is made again when it is read, at most once a second. */

/**
 * Callers that read while it is made wait for the same value. It is never made twice at once. If
 * making fails, the waiting callers get the error, and the next caller tries again from the former
 * value.
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
