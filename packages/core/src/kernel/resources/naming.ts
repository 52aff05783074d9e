/** The names for one page: of the resources that are asked for, and of those that can be picked. */
import type { Client } from '../../model/entities.ts';
import type { Naming, TypeNames, ApiDirectory } from '../../model/services.ts';
import type { RequestedDetails } from '../../model/terms.ts';
import { findType } from '../authorization-details/request.ts';
import { openMemberOf } from '../authorization-details/requested.ts';
import type { Core } from '../core.ts';
import { loadNames, loadOwn } from './names.ts';

const nothing: Naming = new Map();

/** Never rejects. Waits for about two seconds at most. */
export async function loadNaming(
  core: Core,
  details: RequestedDetails | undefined,
  client: Client,
  accountId: string,
  apis: ApiDirectory,
): Promise<Naming> {
  if (details === undefined) return nothing;
  const types = [...new Set(details.asked.map(({ type }) => type))];
  const looking = { accountId, clientId: client.id };
  const entries = types.map(async (name): Promise<readonly (readonly [string, TypeNames])[]> => {
    const found = findType(name, client, apis);
    if (found?.type.resolver === undefined) return [];
    const asked = details.asked.filter(({ type }) => type === name);
    const member = details.members[name] ?? '';
    const identifiers = asked.flatMap(({ [member]: list }) => (Array.isArray(list) ? list : []));
    const isOpen = asked.some((detail) => openMemberOf(details, detail) !== undefined);
    const [named, own] = await Promise.all([
      identifiers.length === 0 ? new Map() : loadNames(core, found, looking, identifiers),
      isOpen ? loadOwn(core, found, looking) : undefined,
    ]);
    return [[name, { named, own }]];
  });
  return new Map((await Promise.all(entries)).flat());
}
