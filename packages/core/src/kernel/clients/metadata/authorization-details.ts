/** `authorization_details_types` (RFC 9396 §10): the types that a client may ask for. Without it there are none, as with scopes. */
import type { Api } from '../../../model/entities.ts';
import type { ClientRegistration } from '../client-registration.ts';
import { tierNameOf, tiers } from '../../policy/tiers.ts';
import type { CheckSettings, Say } from './check.ts';
const member = 'authorization_details_types';

export const checkAuthorizationDetailsTypes: CheckSettings = (input, say) => {
  const types = input.authorization_details_types;
  if (types === undefined || types.length === 0) return {};
  const tier = tierNameOf(input as Parameters<typeof tierNameOf>[0]);
  // A tier with a ceiling has reviewed nothing of what the client wants: details are beyond every scope.
  if (tier !== undefined && tiers[tier].scopeCeiling !== undefined)
    say(member, 'is beyond what this tier may have');
  return { authorizationDetailsTypes: [...new Set(types)] };
};

/** A type that nobody declares would be refused at each request. */
export function checkTypesDeclared(input: ClientRegistration, apis: readonly Api[], say: Say): void {
  const declared = apis
    .flatMap((api) => api.settings?.authorizationDetailsTypes ?? [])
    .map(({ type }) => type);
  input.authorization_details_types?.forEach((type, index) => {
    if (!declared.includes(type)) say(`${member}[${index}]`, 'is a type of no declared API');
  });
}
