/**
 * `authorization_details_types` (RFC 9396 §10): the types that a client may ask for. Without it
 * there are none, as with scopes.
 */
import { tierNameOf, tiers } from '../../policy/tiers.ts';
import type { CheckSettings } from './check.ts';

const member = 'authorization_details_types';

export const checkAuthorizationDetailsTypes: CheckSettings = (input, say, { apis }) => {
  const types = input.authorization_details_types ?? [];
  const declared = apis
    .flatMap((api) => api.settings?.authorizationDetailsTypes ?? [])
    .map(({ type }) => type);
  // A type that no API declares would be refused at each request.
  types.forEach((type, index) => {
    if (!declared.includes(type)) say(`${member}[${index}]`, 'is a type of no declared API');
  });
  const tier = tierNameOf(input as Parameters<typeof tierNameOf>[0]);
  // Clients of a tier with a scope ceiling are not reviewed. Their ceiling does not contain any
  // authorization details.
  if (types.length > 0 && tier !== undefined && tiers[tier].scopeCeiling !== undefined)
    say(member, 'is beyond what this tier may have');
};
