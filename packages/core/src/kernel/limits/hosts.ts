/**
 * Limits requests to hosts that unverified clients name, for each domain. Otherwise an unknown
 * caller could flood the host of somebody else through this server (Client ID Metadata Documents
 * §8.6).
 */
import { createRequire } from 'node:module';
import type * as Tldts from 'tldts';
import { throttled } from '../../model/errors.ts';
import type { Client } from '../../model/entities.ts';
import type { Clock } from '../../model/ports.ts';
import { createLimiter } from './limiter.ts';
import type { HostLimits } from '../../model/services.ts';
import type { Rate } from '../../model/limit-ports.ts';

const require = createRequire(import.meta.url);
/**
 * A name that no registry would accept, for example with a hyphen before a dot, may have an
 * address all the same.
 */
const options = { allowPrivateDomains: true, validateHostname: false } as const;
/**
 * The public suffix list needs 14 MB of memory. It is loaded when an unverified client names the
 * first host.
 */
let publicSuffixes: typeof Tldts | undefined;

export const perHost = { perSecond: 1, burst: 20 } as const;

export function createHostLimits(clock: Clock, rate: Rate = perHost): HostLimits {
  const limiter = createLimiter({
    name: 'addresses-of-unverified-clients',
    ...rate,
    now: () => clock.nowSeconds() * 1000,
    mostBuckets: 10_000,
  });
  return { take: (address) => limiter.take(domainOf(address)) };
}

/**
 * The registrable domain, because a wildcard record makes any number of hosts. If a platform gives
 * its customers names (`github.io`), the host counts for the customer. Without a domain (an IP
 * address, a name of one label): the host without port and final dot, because each port would
 * count as another host.
 */
function domainOf(address: string): string {
  const hostname = new URL(address).hostname.replace(/\.$/, '');
  publicSuffixes ??= require('tldts') as typeof Tldts;
  return publicSuffixes.getDomain(hostname, options) ?? hostname;
}

/**
 * Called before a request to an address that the client named. A client of an administrator has no
 * limit. Throws throttled.
 */
export function takeOfHost(
  { hostLimits }: { readonly hostLimits: HostLimits },
  { id: clientId, trust }: Client,
  address: string,
): void {
  if (trust !== 'unverified') return;
  const { allowed, policy, waitSeconds } = hostLimits.take(address);
  if (!allowed) throw throttled(policy, waitSeconds, { limit: policy.name, clientId });
}
