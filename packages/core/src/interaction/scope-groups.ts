/** Scopes in plain words, by the API that they belong to; the person's own account first. */
import { type OpenIdScope, openIdScopes } from '@keywright/wire';
import type { ApiDirectory } from '../apis/directory.ts';
import type { ConsentScopeView, ConsentView } from '../pages.ts';
import { isOpenIdScope } from '../rules/target.ts';

interface Shown {
  readonly scopes: readonly string[];
  readonly optionalScopes: readonly string[];
  readonly grantedScopes: readonly string[];
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
  return [...groups].map(([api, scopes]) => ({ api, scopes }));
}

export function describeScope(apis: ApiDirectory, name: string): string {
  if (isOpenIdScope(name)) return openIdScopes[name as OpenIdScope];
  return apis.describe(name)?.description ?? name;
}
