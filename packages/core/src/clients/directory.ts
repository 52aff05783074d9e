/** Clients in memory: bounded, and at most `cacheSeconds` behind the store. */
import { isAdminScope } from '../apis/admin.ts';
import type { Client } from '../model.ts';
import type { Clock, Store } from '../ports.ts';
import { isYoung } from '../staleness.ts';
import { mayAdminister } from './tiers.ts';

const maxEntries = 10_000;

/** At once when the client is remembered. */
export type ClientLoader = (id: string) => Client | undefined | Promise<Client | undefined>;

/** Loads active clients only: a disabled one is as good as unknown, everywhere. */
export function createClientLoader(store: Store, clock: Clock, cacheSeconds: number): ClientLoader {
  const entries = new Map<string, { readonly client: Client; readonly loadedAt: number }>();
  const load = async (id: string, now: number): Promise<Client | undefined> => {
    const client = withinTier(await store.clients.load(id));
    // Only what exists is remembered: made-up ids must not push real clients out.
    entries.delete(id);
    if (client === undefined || client.status !== 'active') return undefined;
    if (entries.size >= maxEntries) entries.delete(entries.keys().next().value as string);
    entries.set(id, { client, loadedAt: now });
    return client;
  };
  return (id) => {
    const now = clock.nowSeconds();
    const entry = entries.get(id);
    return entry !== undefined && isYoung(entry.loadedAt, now, cacheSeconds) ? entry.client : load(id, now);
  };
}

/** Whatever the store holds: the scopes of the server's own API are nobody's but a first-party service's. */
function withinTier(client: Client | undefined): Client | undefined {
  if (client === undefined || mayAdminister(client) || !client.scopes.some(isAdminScope)) return client;
  return { ...client, scopes: client.scopes.filter((scope) => !isAdminScope(scope)) };
}
