/**
 * Makes core's limits from the limits of the configuration file, including those of single clients.
 */
import { createLimiter, type Limits, type Rate } from '@keywright/core';
import type { DeclaredConfiguration } from './schema.ts';

export interface DeclaredLimits {
  readonly client: Rate | undefined;
  readonly network: Rate | undefined;
  readonly ofClients: ReadonlyMap<string, Rate>;
}

type DeclaredRate = NonNullable<DeclaredConfiguration['clients'][number]['limit']>;

function toRate({ per_second: perSecond, burst }: DeclaredRate): Rate {
  return { perSecond, burst };
}

export function toLimits({ limits, clients }: DeclaredConfiguration): DeclaredLimits {
  const own = clients.flatMap(({ client_id: id, limit }): [string, Rate][] =>
    limit === undefined ? [] : [[id, toRate(limit)]],
  );
  return {
    client: limits?.client === undefined ? undefined : toRate(limits.client),
    network: limits?.network === undefined ? undefined : toRate(limits.network),
    ofClients: new Map(own),
  };
}

/**
 * The largest number of buckets that all limits of a process keep together while they are not full.
 * They need about 15 MB.
 */
const mostBuckets = 100_000;

/** Each process counts for itself. `now` is in milliseconds, from a clock that never goes back. */
export function startLimits(
  { client, network, ofClients }: DeclaredLimits,
  now = () => performance.now(),
): Limits {
  const share = Math.ceil(mostBuckets / (3 + ofClients.size));
  const start = (name: string, rate: Rate) =>
    createLimiter({ name, ...rate, now, mostBuckets: share });
  return {
    ...(client === undefined
      ? {}
      : { client: start('client', client), publicClient: start('client', client) }),
    ...(network === undefined ? {} : { network: start('network', network) }),
    ofClients: new Map([...ofClients].map(([id, rate]) => [id, start('client', rate)])),
  };
}
