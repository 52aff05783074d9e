/**
 * Hosts that strangers have this server ask: so many requests for each, whoever names it. Without that, somebody whom nobody knows could
 * flood somebody else's host through this server (Client ID Metadata Documents §8.6).
 */
import { throttled } from '../errors.ts';
import type { Client } from '../model.ts';
import type { Clock } from '../ports.ts';
import { type Allowance, createLimiter } from './limiter.ts';

export interface HostLimits {
  /** One request to the host of this address. Where it is not allowed, nothing is taken. */
  take(address: string): Allowance;
}

export const perHost = { perSecond: 1, burst: 20 } as const;

export function createHostLimits(clock: Clock): HostLimits {
  const limiter = createLimiter({
    name: 'addresses-of-strangers',
    ...perHost,
    now: () => clock.nowSeconds() * 1000,
    mostBuckets: 10_000,
  });
  return { take: (address) => limiter.take(hostnameOf(address)) };
}

/** Without the port and the dot of the root: it would be another host 65,535 times over, and once more. */
function hostnameOf(address: string): string {
  return new URL(address).hostname.replace(/\.$/, '');
}

/** Before an address is asked that the client named. One that an administrator vouches for may name what it likes. Throws throttled. */
export function takeOfHost(
  { hostLimits }: { readonly hostLimits: HostLimits },
  { id: clientId, trust }: Client,
  address: string,
): void {
  if (trust !== 'unverified') return;
  const { allowed, policy, waitSeconds } = hostLimits.take(address);
  if (!allowed) throw throttled(policy, waitSeconds, { limit: policy.name, clientId });
}
