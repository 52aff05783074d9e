/**
 * The status of an access token (draft-ietf-oauth-status-list §6): an index in a list, which all
 * tokens of one parent share.
 */
import { BoundedMap } from '@keywright/jwt';
import type { Core } from '../core.ts';
import type { Store } from '../../model/ports.ts';
import type { StatusEntry } from '../../model/status-ports.ts';
import type { StatusAssigner } from '../../model/services.ts';

/**
 * The number of cached parents. If a parent is not cached, a rotation costs one more act, which
 * writes nothing.
 */
const maxRemembered = 50_000;

/**
 * A cached entry cannot become wrong: an entry only changes when a client is enabled again, and it
 * exists longer than the tokens of its parent.
 */
export function createStatusAssigner({ statuses }: Pick<Store, 'statuses'>): StatusAssigner {
  const remembered = new BoundedMap<string, StatusEntry>(maxRemembered);
  const assign = async (parent: string, key: string): Promise<StatusEntry> => {
    const entry = await statuses.assign(parent);
    remembered.set(key, entry);
    return entry;
  };
  return (parent, since) => {
    const key = since === undefined ? parent : `${parent} ${since}`;
    return remembered.get(key) ?? assign(parent, key);
  };
}

/** The status claim of a token that ends with `parent` (§6.1, §6.2). */
export async function statusClaim(
  core: Core,
  parent: string,
  since?: number,
): Promise<Readonly<Record<string, unknown>>> {
  const { list, index } = await core.assignStatus(parent, since);
  return { status: { status_list: { idx: index, uri: statusListUri(core, list) } } };
}

export function statusListUri(core: Core, list: number): string {
  return `${core.options.issuer}/status-lists/${list}`;
}
