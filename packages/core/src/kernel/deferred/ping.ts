/**
 * CIBA §10.2: a client that registered for pings gets one when its request was answered, and then
 * fetches the tokens. The id of the request and the token of the client are sealed until the ping
 * is sent. The store writes the message and the answer in one act.
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

/** Bound to the digest of the request, so that it cannot be used for another request. */
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
    // After this time there are no tokens to fetch.
    expiresAt,
  };
}

/** The digest of the request that the ping belongs to. */
export function requestOfPing(deliveryId: string): string {
  return deliveryId.slice(idPrefix.length);
}

/**
 * Opens the sealed bearer token of a CIBA ping (§10.2) before it is sent. Undefined if the sealing
 * key has changed; then the client polls.
 */
export function openPing<T extends Pick<Delivery, 'id' | 'headers' | 'body'>>(
  { vault }: Pick<Ports, 'vault'>,
  delivery: T,
): T | undefined {
  const plain = vault.unseal(purpose, delivery.body, requestOfPing(delivery.id));
  if (plain === undefined) return undefined;
  const { authReqId, notificationToken } = JSON.parse(Buffer.from(plain).toString('utf8')) as Ping;
  return {
    ...delivery,
    // The token proves to the client that the ping comes from this server.
    headers: { authorization: `Bearer ${notificationToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ auth_req_id: authReqId }),
  };
}
