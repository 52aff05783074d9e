/**
 * Awaits the result of a call to another host, and counts this time as a wait of the request. A
 * cached result is returned at once. Call it only for a request that needs the result.
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
