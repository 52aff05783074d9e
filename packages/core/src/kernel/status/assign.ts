/**
 * The status of an access token (draft-ietf-oauth-status-list §6): a place in a list, shared by all
 * tokens of one origin.
 */
import { BoundedMap } from '@keywright/jwt';
import type { Core } from '../core.ts';
import type { Store } from '../../model/ports.ts';
import type { StatusEntry } from '../../model/status-ports.ts';
import type { StatusAssigner } from '../../model/services.ts';

/** A rotation that is not among them costs one act, which writes nothing. */
const maxRemembered = 50_000;

/**
 * What it remembers cannot become false: a place is never changed but when a client is enabled
 * again, and outlives the tokens of its origin.
 */
export function createStatusAssigner({ statuses }: Pick<Store, 'statuses'>): StatusAssigner {
  const remembered = new BoundedMap<string, StatusEntry>(maxRemembered);
  const assign = async (origin: string, key: string): Promise<StatusEntry> => {
    const entry = await statuses.assign(origin);
    remembered.set(key, entry);
    return entry;
  };
  return (origin, since) => {
    const key = since === undefined ? origin : `${origin} ${since}`;
    return remembered.get(key) ?? assign(origin, key);
  };
}

/** The claim of a token that hangs on `origin` (§6.1, §6.2). */
export async function statusClaim(
  core: Core,
  origin: string,
  since?: number,
): Promise<Readonly<Record<string, unknown>>> {
  const { list, index } = await core.assignStatus(origin, since);
  return { status: { status_list: { idx: index, uri: statusListUri(core, list) } } };
}

export function statusListUri(core: Core, list: number): string {
  return `${core.options.issuer}/status-lists/${list}`;
}
