/**
 * What a client says beyond what every client has: each extension checks its own members, and says what is wrong with them. Whoever adds one
 * adds a file beside this one and a line here.
 */
import type { SigningAlgorithm } from '@keywright/jwt';
import type { Policy } from '../../policy/policy.ts';
import type { ClientRegistration } from '../client-registration.ts';
import type { ClientSettings } from '../../../model/client-settings.ts';
import { checkAuthenticationSettings } from './authentication.ts';
import { checkAuthorization } from './authorization.ts';
import { checkKeys } from './keys.ts';
import { checkLogout } from './logout.ts';
import { checkBackchannel } from './backchannel.ts';
import { checkPeople } from './people.ts';
import { checkDpop } from './dpop.ts';
import { checkIntrospection } from './introspection.ts';
import { checkOpenId } from './openid.ts';
import { checkAuthorizationDetailsTypes } from './authorization-details.ts';
import { checkFirstPartyChallenge } from './first-party-challenge.ts';
import { checkPkce } from './pkce.ts';
import { checkProfile } from './profile.ts';
import { checkRefresh } from './refresh.ts';
import { checkTokenExchange } from './token-exchange.ts';
import type { Say, CheckSettings } from './check.ts';

const checks: readonly CheckSettings[] = [
  checkAuthorization,
  checkAuthorizationDetailsTypes,
  checkFirstPartyChallenge,
  checkBackchannel,
  checkKeys,
  checkAuthenticationSettings,
  checkPeople,
  checkPkce,
  checkProfile,
  checkRefresh,
  checkDpop,
  checkIntrospection,
  checkOpenId,
  checkLogout,
  checkTokenExchange,
];

/** Undefined where the client said nothing beyond. */
export function checkSettings(
  input: ClientRegistration,
  algorithms: readonly SigningAlgorithm[],
  policy: Policy,
  say: Say,
): ClientSettings | undefined {
  const settings = Object.assign(
    {},
    ...checks.map((check) => check(input, say, algorithms, policy)),
  ) as ClientSettings;
  return Object.keys(settings).length === 0 ? undefined : settings;
}
