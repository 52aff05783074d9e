/** Limits of requests that the server hands to core. */
import type { Limiter } from './limiter.ts';

export interface Limits {
  /** For every client that has none of its own, and authenticates. */
  readonly client?: Limiter;
  /** For those that do not. Apart: whoever makes up callers of them must not use up the places of the others. */
  readonly publicClient?: Limiter;
  readonly ofClients?: ReadonlyMap<string, Limiter>;
  /** For pages, and for requests whose authentication failed. */
  readonly network?: Limiter;
}
