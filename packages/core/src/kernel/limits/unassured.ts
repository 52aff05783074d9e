/**
 * Clients that anybody can name or make: those without a secret, and those that nobody has checked. What such a client has us keep before a
 * person has agreed to anything is bounded here, by network over all of them, and in total: the store must not fill up by requests of people
 * who prove nothing. Who may do what is decided by trust: a secret that a client was given by registering itself proves nothing.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { throttled } from '../../model/errors.ts';
import type { Client } from '../../model/entities.ts';
import type { Clock } from '../../model/ports.ts';
import { networksAround, sharesOfWider } from '../../rules/network.ts';
import { createLimiter } from './limiter.ts';
import type { MarkLimits } from '../../model/services.ts';

/** In KiB, since rows differ in size; each is at least one. */
export interface Room {
  readonly atOnce: number;
  readonly perSecond: number;
}

/**
 * What one kind of row may take: of one network, and of all of them. The wider networks around an
 * address have their share of the whole (`sharesOfWider`).
 */
export interface KeptLimit {
  readonly name: string;
  readonly ofNetwork: Room;
  /** Apart, so that clients that somebody registered by themselves use up nothing of those that an administrator has added. */
  readonly inAll: { readonly unverified: Room; readonly public: Room };
}

export function isUnassured({ trust, authenticationMethods }: Client): boolean {
  return trust === 'unverified' || authenticationMethods.includes('none');
}

/** Before so many characters are kept. Takes nothing of a client that is known to be who it is. Throws throttled. */
export async function takeRoom(
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
  const bucket = (key: string, { atOnce, perSecond }: Room) => ({
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
  // From one network over the wider ones around it to all.
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
        if (!allowed) throw throttled(policy, waitSeconds, { clientId: client.id, network: networks[0] });
      }
    },
  };
}
