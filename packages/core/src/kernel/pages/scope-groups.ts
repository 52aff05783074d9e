/** Descriptions of scopes, grouped by API. The scopes of the user's account are first. */
import { type OpenIdScope, openIdScopes } from '@keywright/wire';
import type { ConsentScopeView, ConsentView } from '../../model/pages.ts';
import type { Api } from '../../model/entities.ts';
import { isOpenIdScope, isWithoutScopes } from '../../rules/target.ts';
import type { ApiDirectory } from '../../model/services.ts';

interface Shown {
  readonly scopes: readonly string[];
  readonly optionalScopes: readonly string[];
  readonly grantedScopes: readonly string[];
  /** The requested APIs. An API without scopes has its own entry. */
  readonly audiences: readonly string[];
  readonly grantedAudiences: readonly string[];
}

export function scopeGroups(apis: ApiDirectory, shown: Shown): ConsentView['groups'] {
  const groups = new Map<string, ConsentScopeView[]>();
  const ordered = [
    ...shown.scopes.filter(isOpenIdScope),
    ...shown.scopes.filter((scope) => !isOpenIdScope(scope)),
  ];
  for (const name of ordered) {
    const api = isOpenIdScope(name) ? 'Your account' : (apis.ofScope(name)?.name ?? 'Other');
    const view: ConsentScopeView = {
      name,
      description: describeScope(apis, name),
      optional: shown.optionalScopes.includes(name),
      granted: shown.grantedScopes.includes(name),
    };
    groups.set(api, [...(groups.get(api) ?? []), view]);
  }
  return [...groups, ...groupsWithoutScopes(apis, shown)].map(([api, scopes]) => ({ api, scopes }));
}

function groupsWithoutScopes(
  apis: ApiDirectory,
  { audiences, grantedAudiences }: Shown,
): readonly (readonly [string, ConsentScopeView[]])[] {
  return withoutScopes(apis, audiences).map(({ identifier, name }) => {
    const granted = grantedAudiences.includes(identifier);
    return [
      name,
      [{ name: identifier, description: 'Act there on your behalf', optional: false, granted }],
    ];
  });
}

/** Sentences about APIs without scopes, for a list without headings. */
export function describeWithoutScopes(
  apis: ApiDirectory,
  audiences: readonly string[],
): readonly { readonly name: string; readonly description: string }[] {
  return withoutScopes(apis, audiences).map(({ identifier, name }) => ({
    name: identifier,
    description: `Act at ${name} on your behalf`,
  }));
}

function withoutScopes(apis: ApiDirectory, audiences: readonly string[]): readonly Api[] {
  return audiences
    .map((audience) => apis.find(audience))
    .filter((api): api is Api => isWithoutScopes(api));
}

export function describeScope(apis: ApiDirectory, name: string): string {
  if (isOpenIdScope(name)) return openIdScopes[name as OpenIdScope];
  return apis.describe(name)?.description ?? name;
}
