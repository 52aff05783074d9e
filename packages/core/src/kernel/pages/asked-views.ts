/** Pages of a request that the user answers on another device. */
import type { DeferredAsk } from '../../model/deferred-ports.ts';
import { detailViews } from '../authorization-details/choice.ts';
import { heldScopes } from '../authorization-details/held.ts';
import type { Client } from '../../model/entities.ts';
import type { ConsentView } from '../../model/pages.ts';
import type { Core } from '../core.ts';
import { loadNaming } from '../resources/naming.ts';
import { scopeGroups } from './scope-groups.ts';

/**
 * These scopes are asked for each time, whatever was agreed before, because another device or
 * another request would get them.
 */
export async function askedViews(
  core: Core,
  { scopes: asked, audiences, details }: DeferredAsk,
  client: Client,
  accountId: string,
): Promise<Pick<ConsentView, 'groups' | 'details'>> {
  const apis = await core.loadApis();
  const { optionalScopes } = client;
  const scopes = heldScopes(asked, client, apis);
  const naming = await loadNaming(core, details, client, accountId, apis);
  const shown = { scopes, optionalScopes, grantedScopes: [], audiences, grantedAudiences: [] };
  return {
    groups: scopeGroups(apis, shown),
    details: detailViews(details, undefined, client, apis, naming),
  };
}
