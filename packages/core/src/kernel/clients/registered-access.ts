/** The grants and scopes that a client may have, within its tier and its policy. */
import { adminScopes, isAdminScope } from '../apis/admin.ts';
import { grantScopes, isGrantScope } from '../../rules/grant-scopes.ts';
import type { Api, Client, ClientKind, ClientTrust } from '../../model/entities.ts';
import { grantsWith, type GrantType, grantTypes } from '../../model/features.ts';
import type { Policy } from '../policy/policy.ts';
import { isOpenIdScope } from '../../rules/target.ts';
import type { ClientRegistration } from './client-registration.ts';
import { kindRules, mayAdminister, opens, tierAllows, tierNameOf, tiers } from '../policy/tiers.ts';
import type { Say } from './metadata/check.ts';

/** What selects the tier. */
export interface Who {
  readonly kind: ClientKind;
  readonly trust: ClientTrust;
}

/** Those that give refresh tokens. */
const grantsOfPeople = grantsWith(({ bringsRefreshTokens }) => bringsRefreshTokens);

export function checkGrantTypes(
  input: readonly string[] | undefined,
  who: Who,
  policy: Policy,
  say: Say,
): readonly GrantType[] {
  const tier = tiers[tierNameOf(who) as keyof typeof tiers];
  if (input === undefined)
    return tier.grants.filter((grant) => !policy.grantsRefused.includes(grant));
  const known = grantTypes.filter((grant) => input.includes(grant));
  input.forEach((grant, index) => {
    if (!(grantTypes as readonly string[]).includes(grant))
      say(`grant_types[${index}]`, `must be one of ${grantTypes.join(', ')}`);
    else if (!tierAllows(who, grant as GrantType) && !opens(policy, who, grant as GrantType))
      say(`grant_types[${index}]`, `${grant} is never available to a ${tier.title}`);
    else if (policy.grantsRefused.includes(grant as GrantType))
      say(`grant_types[${index}]`, `${grant} is not available in this profile`);
  });
  if (known.includes('refresh_token') && !known.some((grant) => grantsOfPeople.includes(grant)))
    say('grant_types', `refresh_token also needs one of ${grantsOfPeople.join(', ')}`);
  return known;
}

export interface ScopeContext {
  readonly apis: readonly Api[];
  /**
   * In place of the ceiling of its tier: the scopes that the operator allows to clients that
   * register themselves.
   */
  readonly scopeCeiling?: readonly string[] | undefined;
}

export function checkScopes(
  input: ClientRegistration,
  who: Who,
  { apis, scopeCeiling }: ScopeContext,
  say: Say,
): Pick<Client, 'scopes' | 'optionalScopes'> {
  const all = wordsOf(input.scope);
  const optional = wordsOf(input.optional_scope);
  const declared = new Set([
    ...apis.flatMap((api) => api.scopes.map((scope) => scope.name)),
    ...adminScopes,
    ...grantScopes,
  ]);
  const ceiling = scopeCeiling ?? tiers[tierNameOf(who) as keyof typeof tiers].scopeCeiling;
  for (const scope of all) {
    if (!isOpenIdScope(scope) && !declared.has(scope))
      say('scope', `${scope} is not a scope of a declared API`);
    else if (ceiling !== undefined && !ceiling.includes(scope))
      say('scope', `${scope} is not available in this tier`);
    if (isAdminScope(scope) && !mayAdminister(who))
      say(
        'scope',
        `${scope} belongs to the API of the server, which only first-party services may use`,
      );
    // Grant Management §5.1: only confidential clients. A service has no user, and so no consent.
    if (isGrantScope(scope) && !(kindRules[who.kind].confidential && who.kind !== 'service'))
      say('scope', `${scope} needs a client that keeps a secret and acts for users`);
    if (isOpenIdScope(scope) && who.kind === 'service')
      say('scope', `${scope} needs a user, and a service has none`);
  }
  for (const scope of optional)
    if (!all.includes(scope)) say('optional_scope', `${scope} is not in scope`);
  if (optional.includes('openid')) say('optional_scope', 'openid cannot be optional');
  return { scopes: all, optionalScopes: optional };
}

/** The scopes that the user may decline. */
export function optionalScopesOf({ scopes, optionalScopes }: Client): readonly string[] {
  return optionalScopes.filter((scope) => scopes.includes(scope));
}

function wordsOf(text: string | undefined): readonly string[] {
  return [...new Set((text ?? '').split(' ').filter((word) => word !== ''))];
}
