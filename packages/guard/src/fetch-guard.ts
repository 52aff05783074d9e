/**
 * The guard of one API on web-standard requests only, for bundled applications: a good fifth
 * smaller than `createGuard`, without node:http and without API keys.
 */
import { createFetchAdapter } from './adapters/fetch.ts';
import type { Guard } from './guard.ts';
import { createGuardCore, type GuardCore } from './guard-core.ts';
import type { GuardOptions } from './options.ts';

export type { FetchConnection, FetchHandler } from './adapters/fetch.ts';
export { wellKnownResponse } from './adapters/well-known.ts';
export { GuardRefusal } from './guard-refusal.ts';

/** The guard of one API on web-standard requests only. */
export interface FetchGuard extends GuardCore {
  readonly fetch: Guard['fetch'];
}

/**
 * Creates the guard of one API on web-standard requests: `createGuard` without node:http and
 * without API keys, a fifth smaller.
 * @throws TypeError for options that are missing, misspelt or unsafe, and for `apiKeys`
 * @example
 * ```ts
 * import { createFetchGuard } from '@keywright/guard/fetch';
 *
 * const guard = createFetchGuard({
 *   issuer: 'https://login.example.com',
 *   audience: 'https://api.example.com',
 * });
 * export const hello = guard.fetch({ scope: 'buildings:read' }, (_request, { caller }) =>
 *   Response.json({ hello: caller.subject }),
 * );
 * ```
 */
export function createFetchGuard(options: Omit<GuardOptions, 'apiKeys'>): FetchGuard {
  const core = createGuardCore(options, undefined);
  return {
    ...core,
    fetch: (routeOptions, handler) => createFetchAdapter(core.route(routeOptions), handler),
  };
}
