/** What the pages show of a request that is answered elsewhere than where it was made. */
import type { ApiDirectory } from '../apis/directory.ts';
import type { DeferredAsk } from '../deferred/ports.ts';
import { detailViews } from '../details/choice.ts';
import type { Client } from '../model.ts';
import type { ConsentView } from '../pages.ts';
import { scopeGroups } from './scope-groups.ts';

/** Asked anew each time, whatever was agreed before: it is another device, or another moment, that would have it. */
export function askedViews(
  { scopes, audiences, details }: DeferredAsk,
  { optionalScopes }: Client,
  apis: ApiDirectory,
): Pick<ConsentView, 'groups' | 'details'> {
  const shown = { scopes, optionalScopes, grantedScopes: [], audiences, grantedAudiences: [] };
  return { groups: scopeGroups(apis, shown), details: detailViews(details, undefined, apis) };
}
