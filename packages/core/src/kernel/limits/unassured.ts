/**
 * Limits for clients that anybody can name or make: clients without a secret, and unverified
 * clients. The data that such a client stores before a user agreed is limited by network and in
 * total, so that the store cannot be filled. The trust of the client decides. A secret of a
 * self-registered client proves nothing.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { throttled } from '../../model/errors.ts';
import type { Client } from '../../model/entities.ts';
import type { Clock } from '../../model/ports.ts';
import { networksAround, sharesOfWider } from '../../rules/network.ts';
import { createLimiter } from './limiter.ts';
import type { MarkLimits } from '../../model/services.ts';

/** In KiB, because rows differ in size. Each row counts as at least one. */
export interface RowRate {
  readonly atOnce: number;
  readonly perSecond: number;
}

/**
 * The limit for one kind of row: for one network, and for all. The wider networks around an address
 * have a share of the total (`sharesOfWider`).
 */
export interface KeptLimit {
  readonly name: string;
  readonly ofNetwork: RowRate;
  /**
   * Separate, so that self-registered clients do not use up the limit of clients that an
   * administrator added.
   */
  readonly inAll: { readonly unverified: RowRate; readonly public: RowRate };
}

export function isUnassured({ trust, authenticationMethods }: Client): boolean {
  return trust === 'unverified' || authenticationMethods.includes('none');
}

/**
 * Called before this number of characters is stored. Does not count for a client that is reviewed
 * and authenticated. Throws throttled.
 */
export async function takeRows(
  { store }: Pick<Core, 'store'>,
  client: Client,
  remoteAddress: string,
  { name, ofNetwork, inAll }: KeptLimit,
  characters: number,
  now: number,
): Promise<void> {
  if (!isUnassured(client)) return;
  const [network = '', ...wider] = networksAround(remoteAddress);
  const pool = client.trust === 'unverified' ? 'unverified' : 'public';
  const units = Math.max(1, Math.ceil(characters / 1024));
  const bucket = (key: string, { atOnce, perSecond }: RowRate) => ({
    key: `${name}:${key}`,
    intervalSeconds: units / perSecond,
    burst: atOnce / units,
  });
  const whole = inAll[pool];
  const buckets = [
    bucket(`network:${digest(network)}`, ofNetwork),
    ...wider.map((around, index) => {
      const share = sharesOfWider[index] ?? 1;
      return bucket(`${pool}:${digest(around)}`, {
        atOnce: whole.atOnce * share,
        perSecond: whole.perSecond * share,
      });
    }),
    bucket(pool, whole),
  ];
  const wait = await store.throttles.take(buckets, now);
  const { atOnce: quota, perSecond } = ofNetwork;
  const policy = { name, quota, windowSeconds: Math.ceil(quota / perSecond) };
  if (wait > 0) throw throttled(policy, wait, { clientId: client.id, network });
}

const marks = {
  unverified: { ofNetwork: { perSecond: 5, burst: 1000 }, inAll: { perSecond: 50, burst: 20_000 } },
  public: { ofNetwork: { perSecond: 20, burst: 5000 }, inAll: { perSecond: 300, burst: 100_000 } },
} as const;

export function createMarkLimits(clock: Clock): MarkLimits {
  const now = () => clock.nowSeconds() * 1000;
  const name = 'replay-marks';
  // From one network over the wider networks around it to all networks.
  const limitersOf = ({ ofNetwork, inAll }: (typeof marks)[keyof typeof marks]) => [
    createLimiter({ name, ...ofNetwork, now }),
    ...[...sharesOfWider, 1].map((share) =>
      createLimiter({ name, perSecond: inAll.perSecond * share, burst: inAll.burst * share, now }),
    ),
  ];
  const limiters = { unverified: limitersOf(marks.unverified), public: limitersOf(marks.public) };
  return {
    take(client, remoteAddress) {
      if (!isUnassured(client)) return;
      const networks = networksAround(remoteAddress);
      for (const [index, limiter] of limiters[
        client.trust === 'unverified' ? 'unverified' : 'public'
      ].entries()) {
        const { allowed, policy, waitSeconds } = limiter.take(networks[index] ?? '');
        if (!allowed)
          throw throttled(policy, waitSeconds, { clientId: client.id, network: networks[0] });
      }
    },
  };
}
