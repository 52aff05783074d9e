/**
 * The documents of clients whose ids are addresses. They are fetched when a request names one, and
 * cached within limits. A flood of invented ids must not push out real documents. A document that
 * is invalid or cannot be fetched is not cached (Client ID Metadata Documents §5.2).
 */
import { BoundedMap } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { perHost, createHostLimits } from '../../kernel/limits/hosts.ts';
import { createLimiter } from '../../kernel/limits/limiter.ts';
import type { Client } from '../../model/entities.ts';
import type { OutboundReply } from '../../model/outbound.ts';
import { networksAround, sharesOfWider } from '../../rules/network.ts';
import { hostOf, refuseDocumentAddress } from '../../kernel/clients/document-address.ts';
import { DocumentError, readDocument } from './document.ts';
import type { ClientDocuments } from '../../model/services.ts';

/** Without the outbound client, no document can be read, and no address is a client id. */
export function takesDocuments(
  { features }: Pick<Core['options'], 'features'>,
  outbound: Parts['outbound'],
): boolean {
  return features.clientIdDocuments && outbound !== undefined;
}

/** §8.7: "The recommended maximum size to read is 5 kilobytes." */
const maxBytes = 5 * 1024;
const mostRemembered = 1000;
/** The largest number of fetches in progress. Requests beyond it are told to try again later. */
const mostUnderway = 200;
/** §5.2: the cache headers of the answer are used, within our limits. */
const freshness = { least: 60, most: 24 * 3600, default: 600 } as const;
/**
 * Slots for known clients. Otherwise a caller that names enough slow hosts would delay all others.
 */
const slotsOfKnown = 50;
/**
 * The limits of one network and of its two wider networks, for known and unknown clients: no
 * operator can take all slots.
 */
const mostOfNetworks = [20, ...sharesOfWider.map((share) => mostUnderway * share)];
/** How long an expired document is still used while no slot is free to fetch it again. */
const mostStaleSeconds = 3600;

interface Remembered {
  readonly client: Client;
  readonly until: number;
}

type Parts = Pick<Core, 'clock' | 'outbound' | 'events' | 'hostLimits'>;

function createKnownLimiter(clock: Parts['clock']): ReturnType<typeof createLimiter> {
  return createLimiter({
    name: 'client-documents',
    ...perHost,
    now: () => clock.nowSeconds() * 1000,
    mostBuckets: 10_000,
  });
}

/** `read` makes a client from the text of a document. */
export function createClientDocuments(
  { clock, outbound, events, hostLimits }: Parts,
  read: (clientId: string, text: string, now: number) => Promise<Client>,
): ClientDocuments {
  const remembered = new BoundedMap<string, Remembered>(mostRemembered);
  const underway = new Map<string, Promise<Client | undefined>>();
  const underwayOf = new Map<string, number>();
  // One limit for each known client. Otherwise invented ids at its host could prevent a new fetch.
  const known = createKnownLimiter(clock);
  // One limit for the known clients of a domain, because the owner of a domain can make any number
  // of ids.
  const knownOfDomain = createHostLimits(clock, { perSecond: 10, burst: 200 });

  async function fetch(clientId: string): Promise<Client> {
    const { text, maxAgeSeconds } = await send(outbound, clientId);
    const now = clock.nowSeconds();
    const client = await read(clientId, text, now);
    remembered.set(clientId, { client, until: now + clamp(maxAgeSeconds) });
    return client;
  }

  function mayBegin(clientId: string, networks: readonly string[], isKnown: boolean): boolean {
    const isFull = (network: string, index: number) =>
      (underwayOf.get(network) ?? 0) >= (mostOfNetworks[index] ?? 0);
    if (networks.some(isFull)) return false;
    if (underway.size >= mostUnderway + (isKnown ? slotsOfKnown : 0)) return false;
    if (!isKnown) return hostLimits.take(clientId).allowed;
    return known.take(clientId).allowed && knownOfDomain.take(clientId).allowed;
  }

  function begin(clientId: string, networks: readonly string[]): Promise<Client | undefined> {
    for (const network of networks) count(underwayOf, network, 1);
    const fetching = fetch(clientId)
      .catch((error: unknown) => endStale(remembered, clientId, error))
      .catch((error: unknown) => tellFault(events, clientId, error))
      .finally(() => {
        underway.delete(clientId);
        for (const network of networks) count(underwayOf, network, -1);
      });
    underway.set(clientId, fetching);
    return fetching;
  }

  return {
    load(clientId, remoteAddress, isKept = false) {
      const entry = remembered.get(clientId);
      if (entry !== undefined && clock.nowSeconds() < entry.until) return entry.client;
      if (refuseDocumentAddress(clientId) !== undefined) return undefined;
      const asked = underway.get(clientId);
      if (asked !== undefined) return asked;
      const networks = networksAround(remoteAddress);
      if (!mayBegin(clientId, networks, isKept || entry !== undefined)) {
        if (entry !== undefined && clock.nowSeconds() < entry.until + mostStaleSeconds)
          return entry.client;
        events.emit({
          type: 'client_document.refused',
          host: hostOf(clientId),
          note: 'too many documents at once',
        });
        return undefined;
      }
      return begin(clientId, networks);
    },
  };
}

/** §5.2: a document that its host has withdrawn must not be used again when no slot is free. */
function endStale(
  remembered: BoundedMap<string, Remembered>,
  clientId: string,
  error: unknown,
): never {
  remembered.delete(clientId);
  throw error;
}

function count(underwayOf: Map<string, number>, network: string, change: 1 | -1): void {
  const changed = (underwayOf.get(network) ?? 0) + change;
  if (changed === 0) underwayOf.delete(network);
  else underwayOf.set(network, changed);
}

async function send(outbound: Parts['outbound'], clientId: string): Promise<OutboundReply> {
  if (outbound === undefined) throw new DocumentError('Outbound requests are not possible.');
  try {
    return await outbound.send(clientId, { accept: 'application/json', maxBytes });
  } catch (error) {
    throw new DocumentError(error instanceof Error ? error.message : String(error));
  }
}

function clamp(maxAgeSeconds: number = freshness.default): number {
  return Math.min(Math.max(maxAgeSeconds, freshness.least), freshness.most);
}

/**
 * Reports only the host, because the rest of the address may contain anything. Nobody may wait for
 * the fetch, so it never rejects.
 */
function tellFault(events: Parts['events'], clientId: string, error: unknown): undefined {
  const isForeseen = error instanceof DocumentError || error instanceof OAuthError;
  if (!isForeseen) events.emit({ type: 'fault', error });
  const note = isForeseen ? error.message.slice(0, 500) : 'the server has a fault';
  events.emit({ type: 'client_document.refused', host: hostOf(clientId), note });
}

export function createDocumentsOf(core: Core): ClientDocuments {
  return createClientDocuments(core, (clientId, text, now) =>
    readDocument(core, clientId, text, now),
  );
}
