/**
 * Requests that wait for what this node does not do itself, or does beside all else: for the keys or the document of a client, which may never
 * come from somebody else's host, or for the accounts to check a password, which has threads and a bound of its own. They hold a connection and
 * no more. Were they counted as work of this node, one host that does not answer would have everybody else turned away for too much of it.
 */
export interface Elsewhere {
  enter(): void;
  leave(): void;
}

/** What was asked there; at once where it is at hand. For the request alone that waits for it, not for whoever goes on meanwhile. */
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
