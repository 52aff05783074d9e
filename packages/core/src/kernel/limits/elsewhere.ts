/**
 * The result of a call to another host. Returned at once if it is cached. Only for the request that
 * waits for it.
 */
import type { Elsewhere } from '../../model/limit-ports.ts';

export function waitElsewhere<T>(
  elsewhere: Elsewhere | undefined,
  asked: T | Promise<T>,
): T | Promise<T> {
  return elsewhere !== undefined && asked instanceof Promise ? wait(elsewhere, asked) : asked;
}

async function wait<T>(elsewhere: Elsewhere, asked: Promise<T>): Promise<T> {
  elsewhere.enter();
  try {
    return await asked;
  } finally {
    await elsewhere.leave();
  }
}
