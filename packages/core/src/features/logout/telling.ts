/**
 * Notifies clients that a session has ended (Back-Channel Logout §2.5), in two steps that survive a
 * crash. The act that ends a session marks the clients. Here, each mark becomes a delivery with its
 * logout token, in one act. Another task sends the deliveries.
 */
import { createBatchSigner, createTokenSource } from '@keywright/jwt';
import type { Delivery } from '../../model/delivery-ports.ts';
import { createKeyRing } from '../../kernel/keys/key-ring.ts';
import type { Client } from '../../model/entities.ts';
import type { Ports } from '../../model/ports.ts';
import type { LogoutTarget } from '../../model/logout-ports.ts';
import { logoutTokenSeconds, signLogoutToken } from './token.ts';
import type { Keys } from '../../model/key-ports.ts';

/** The largest number in one call. */
const batch = 100;
/** After a rotation, the client still knows the former key for longer than this. */
const cacheSeconds = 5;

/**
 * Handles up to 100 clients, and returns how many it found. At 100 there may be more. Safe on
 * several nodes at once.
 */
export type LogoutTeller = () => Promise<number>;

type TellerPorts = Pick<Ports, 'store' | 'clock' | 'random' | 'vault' | 'privateKeys' | 'events'>;

/**
 * Makes the task that turns ended sessions into deliveries with logout tokens (OpenID Connect
 * Back-Channel Logout 1.0 §2.5). Stores deliveries, and does not send them.
 */
export function createLogoutTeller(issuer: string, ports: TellerPorts): LogoutTeller {
  const { store, clock, random, events } = ports;
  const ring = createKeyRing(ports, cacheSeconds);
  const signer = createBatchSigner();
  const newId = createTokenSource((length) => random.bytes(length));

  const deliver = async (
    keys: Keys,
    client: Client,
    url: string,
    target: LogoutTarget,
  ): Promise<Delivery> => {
    const id = newId();
    const now = clock.nowSeconds();
    const token = await signLogoutToken(issuer, keys, signer, client, target, id, now);
    return {
      id,
      kind: 'logout',
      clientId: client.id,
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `logout_token=${token}`,
      nextAt: now,
      expiresAt: now + logoutTokenSeconds,
    };
  };

  /**
   * Undefined, with an event, if there is no key any more for the algorithm of the client. Other
   * clients must still be notified.
   */
  const deliverIfSigned = async (
    keys: Keys,
    client: Client,
    url: string,
    target: LogoutTarget,
  ): Promise<Delivery | undefined> => {
    try {
      return await deliver(keys, client, url, target);
    } catch {
      const { id: clientId } = client;
      events.emit({
        type: 'delivery.failed',
        kind: 'logout',
        clientId,
        fault: 'not_signed',
        isOver: true,
      });
      return undefined;
    }
  };

  const tell = async (keys: Keys, target: LogoutTarget): Promise<void> => {
    const client = await store.clients.load(target.clientId);
    const url = client?.status === 'active' ? client.settings?.backchannelLogoutUri : undefined;
    const delivery =
      client && url !== undefined ? await deliverIfSigned(keys, client, url, target) : undefined;
    await store.logouts.hand(target, delivery);
  };

  return async () => {
    const ended = await store.logouts.listEnded(batch);
    if (ended.length === 0) return 0;
    // If the store cannot be read, everything stops. The next call finds what was not done.
    const keys = await ring.load();
    await Promise.all(ended.map((target) => tell(keys, target)));
    return ended.length;
  };
}
