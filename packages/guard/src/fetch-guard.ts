/**
 * The guard of one API on web-standard requests alone, for what is bundled and sent far: a good fifth lighter than `createGuard`,
 * without node:http and without API keys.
 */
import { createFetchAdapter } from './adapters/fetch.ts';
import type { Guard } from './guard.ts';
import { createGuardCore, type GuardCore } from './guard-core.ts';
import type { GuardOptions } from './options.ts';

export type { FetchConnection, FetchHandler } from './adapters/fetch.ts';
export { wellKnownResponse } from './adapters/well-known.ts';
export { GuardRefusal } from './guard-refusal.ts';

export interface FetchGuard extends GuardCore {
  readonly fetch: Guard['fetch'];
}

/** As `createGuard`. @throws TypeError for options that cannot be meant, `apiKeys` among them */
export function createFetchGuard(options: Omit<GuardOptions, 'apiKeys'>): FetchGuard {
  const core = createGuardCore(options, undefined);
  return {
    ...core,
    fetch: (routeOptions, handler) => createFetchAdapter(core.route(routeOptions), handler),
  };
}
