/** Clients in memory: a limited number, at most `cacheSeconds` old. */
import { BoundedMap } from '@keywright/jwt';
import { isAdminScope } from '../apis/admin.ts';
import { isAddress } from './document-address.ts';
import { waitOutside } from '../limits/external-waits.ts';
import type { Client } from '../../model/entities.ts';
import type { Clock, Store } from '../../model/ports.ts';
import { isYoung } from '../../rules/staleness.ts';
import { mayAdminister } from '../policy/tiers.ts';
import type { Need, ClientLoader, ClientDocuments } from '../../model/services.ts';
import type { ExternalWaits } from '../../model/limit-ports.ts';

const maxEntries = 10_000;

/**
 * Loads active clients only. A disabled client counts as unknown everywhere. Without `documents`,
 * an address is never the id of a client.
 */
export function createClientLoader(
  store: Store,
  clock: Clock,
  cacheSeconds: number,
  documents?: ClientDocuments,
  externalWaits?: ExternalWaits,
): ClientLoader {
  const entries = new BoundedMap<string, { readonly client: Client; readonly loadedAt: number }>(
    maxEntries,
  );
  const load = async (id: string, now: number): Promise<Client | undefined> => {
    const client = withinTier(await store.clients.load(id));
    // Only existing clients are cached. Otherwise invented ids would push out real clients.
    entries.delete(id);
    if (client === undefined || client.status !== 'active') return undefined;
    if (client.origin === 'document' && documents === undefined) return undefined;
    entries.set(id, { client, loadedAt: now });
    return client;
  };
  // A row that an administrator has disabled wins, and so does a row that was not made from a
  // document.
  const loadDescribed = async (
    loading: ReturnType<ClientLoader>,
    id: string,
    need: Need,
    remoteAddress: string,
  ) => {
    const client = await loading;
    if (client !== undefined && client.origin !== 'document') return client;
    if (client === undefined && (await store.clients.load(id))?.status === 'disabled')
      return undefined;
    const described = documents?.load(id, remoteAddress, client !== undefined);
    // A request with a token does not wait for a host of the client. What the user agreed to last
    // is used until the document is there.
    if (client !== undefined && !waits(client, need) && described instanceof Promise) return client;
    return (
      (await waitOutside(externalWaits, described)) ?? (need === 'described' ? undefined : client)
    );
  };
  const loadKept: ClientLoader = (id, need) => {
    const now = clock.nowSeconds();
    const entry = need === 'stored' ? undefined : entries.get(id);
    return entry !== undefined && isYoung(entry.loadedAt, now, cacheSeconds)
      ? entry.client
      : load(id, now);
  };
  if (documents === undefined) return loadKept;
  return (id, need = 'kept', remoteAddress = '') =>
    isAddress(id) ? loadDescribed(loadKept(id, need), id, need, remoteAddress) : loadKept(id, need);
}

function waits({ authenticationMethods }: Client, need: Need): boolean {
  return (
    need === 'described' ||
    (need === 'current' && authenticationMethods.includes('private_key_jwt'))
  );
}

/**
 * Only a first-party service may have the scopes of the server's own API, also if the store says
 * otherwise.
 */
function withinTier(client: Client | undefined): Client | undefined {
  if (client === undefined || mayAdminister(client) || !client.scopes.some(isAdminScope))
    return client;
  return { ...client, scopes: client.scopes.filter((scope) => !isAdminScope(scope)) };
}
