/** Pages of a request that the user answers on another device. */
import type { DeferredAsk } from '../../model/deferred-ports.ts';
import { detailViews } from '../authorization-details/choice.ts';
import { heldScopes } from '../authorization-details/held.ts';
import type { Client } from '../../model/entities.ts';
import type { ConsentView } from '../../model/pages.ts';
import { scopeGroups } from './scope-groups.ts';
import type { ApiDirectory } from '../../model/services.ts';

/**
 * These scopes are asked for each time, whatever was agreed before, because another device or
 * another request would get them.
 */
export function askedViews(
  { scopes: asked, audiences, details }: DeferredAsk,
  client: Client,
  apis: ApiDirectory,
): Pick<ConsentView, 'groups' | 'details'> {
  const { optionalScopes } = client;
  const scopes = heldScopes(asked, client, apis);
  const shown = { scopes, optionalScopes, grantedScopes: [], audiences, grantedAudiences: [] };
  return {
    groups: scopeGroups(apis, shown),
    details: detailViews(details, undefined, client, apis),
  };
}
