/** What was asked there; at once where it is at hand. For the request alone that waits for it, not for whoever goes on meanwhile. */
import type { Elsewhere } from '../../model/limit-ports.ts';

export function waitElsewhere<T>(elsewhere: Elsewhere | undefined, asked: T | Promise<T>): T | Promise<T> {
  return elsewhere !== undefined && asked instanceof Promise ? wait(elsewhere, asked) : asked;
}

async function wait<T>(elsewhere: Elsewhere, asked: Promise<T>): Promise<T> {
  elsewhere.enter();
  try {
    return await asked;
  } finally {
    elsewhere.leave();
  }
}
