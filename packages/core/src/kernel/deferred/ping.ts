/**
 * CIBA §10.2: the client that registered for pings is told that its request was answered, and comes for the tokens then. What is needed for
 * it, the request's own id and the client's token, rests sealed until it is sent. The message is kept with the answer, in one act.
 */
import type { Delivery } from '../../model/delivery-ports.ts';
import type { Client } from '../../model/entities.ts';
import type { Ports } from '../../model/ports.ts';
import type { DeferredRequest } from '../../model/deferred-ports.ts';

interface Ping {
  readonly authReqId: string;
  readonly notificationToken: string;
}

export const purpose = 'ciba-ping';
const idPrefix = 'ping_';

/** Bound to the request's digest: what was sealed for one request says nothing of another. */
export function sealPing({ vault }: Pick<Ports, 'vault'>, ping: Ping, digest: string): string {
  return vault.seal(purpose, JSON.stringify(ping), digest);
}

/** Undefined for a request of the poll mode. A client that is not reached may still poll (§7.3). */
export function makePing(
  { digest, ask, expiresAt }: DeferredRequest,
  client: Client,
  now: number,
): Delivery | undefined {
  const url = client.settings?.backchannelClientNotificationEndpoint;
  if (url === undefined || ask.sealedPing === undefined) return undefined;
  return {
    id: idPrefix + digest,
    kind: 'ciba-ping',
    clientId: client.id,
    url,
    headers: {},
    body: ask.sealedPing,
    nextAt: now,
    // Afterwards there is nothing left to come for.
    expiresAt,
  };
}

/** The digest of the request that the ping is of. */
export function requestOfPing(deliveryId: string): string {
  return deliveryId.slice(idPrefix.length);
}

/** As it is to be sent. Undefined when the sealing key has changed since: the client may poll. */
export function openPing<T extends Pick<Delivery, 'id' | 'headers' | 'body'>>(
  { vault }: Pick<Ports, 'vault'>,
  delivery: T,
): T | undefined {
  const plain = vault.unseal(purpose, delivery.body, requestOfPing(delivery.id));
  if (plain === undefined) return undefined;
  const { authReqId, notificationToken } = JSON.parse(Buffer.from(plain).toString('utf8')) as Ping;
  return {
    ...delivery,
    // The token proves to the client that it is told by whom it asked.
    headers: { authorization: `Bearer ${notificationToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ auth_req_id: authReqId }),
  };
}
