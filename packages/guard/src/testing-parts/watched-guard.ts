/** A guard that records what its adapters tell it. */
import { createFetchAdapter } from '../adapters/fetch.ts';
import { createNodeAdapter } from '../adapters/node.ts';
import type { Guard } from '../guard.ts';
import type { Presented } from '../presented.ts';

export type Fact = Pick<Presented, 'method' | 'target' | 'remoteAddress'>;

export function watchGuard(guard: Guard, facts: Fact[]): Guard {
  const route: Guard['route'] = (options) => {
    const watched = guard.route(options);
    return {
      ...watched,
      admit(presented, request, form) {
        const { method, target, remoteAddress } = presented;
        facts.push({ method, target, remoteAddress });
        return watched.admit(presented, request, form);
      },
    };
  };
  return {
    ...guard,
    route,
    node: (options, handler) => createNodeAdapter(route(options), handler),
    fetch: (options, handler) => createFetchAdapter(route(options), handler),
  };
}
