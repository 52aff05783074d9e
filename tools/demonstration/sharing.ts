/**
 * Ada shares one of her buildings with Grace, and does not share the other. The stored permissions
 * are set by command at each start.
 */
import { type CommandContext, runKeywright } from './command.ts';
import { buildings, type Owners, ownerOf } from './data.ts';
import { people } from './platform.ts';

const [ada, grace] = people;
const [unshared, shared] = buildings.filter(({ owner }) => owner === ada.email);
const actions = ['buildings:read', 'measurements:read'] as const;

export interface SharingFacts {
  /** With whom. */
  readonly email: string;
  /** As commands name her: `user:usr_…`. */
  readonly subject: string;
  readonly actions: readonly string[];
  /** Addresses of buildings. */
  readonly shared: readonly string[];
  readonly unshared: readonly string[];
}

export async function shareBuildings(context: CommandContext, owners: Owners): Promise<void> {
  const resource = `building:${shared?.id}`;
  for (const action of actions)
    await runKeywright(context, 'permissions', 'set', subjectOf(owners), action, resource);
}

export function sharingOf(api: string, owners: Owners): SharingFacts {
  return {
    email: grace.email,
    subject: subjectOf(owners),
    actions,
    shared: [`${api}/buildings/${shared?.id}`],
    unshared: [`${api}/buildings/${unshared?.id}`],
  };
}

function subjectOf(owners: Owners): string {
  return `user:${ownerOf(owners, grace.email)}`;
}
