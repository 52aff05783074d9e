/**
 * The result of a call to another host. Returned at once if it is cached. Only for the request that
 * waits for it.
 */
import type { ExternalWaits } from '../../model/limit-ports.ts';

export function waitOutside<T>(
  externalWaits: ExternalWaits | undefined,
  asked: T | Promise<T>,
): T | Promise<T> {
  return externalWaits !== undefined && asked instanceof Promise
    ? wait(externalWaits, asked)
    : asked;
}

async function wait<T>(externalWaits: ExternalWaits, asked: Promise<T>): Promise<T> {
  externalWaits.enter();
  try {
    return await asked;
  } finally {
    await externalWaits.leave();
  }
}
