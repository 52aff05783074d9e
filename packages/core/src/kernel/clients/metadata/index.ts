/**
 * Metadata that only some clients have: each extension checks its own members. A new extension
 * needs a file in this folder and a line here.
 */
import { checkAuthenticationSettings } from './authentication.ts';
import { checkAuthorization } from './authorization.ts';
import { checkKeys } from './keys.ts';
import { checkLogout } from './logout.ts';
import { checkBrand } from './brand.ts';
import { checkBackchannel } from './backchannel.ts';
import { checkPeople } from './people.ts';
import { checkDpop } from './dpop.ts';
import { checkAnswers } from './answers.ts';
import { checkOpenId } from './openid.ts';
import { checkAuthorizationDetailsTypes } from './authorization-details.ts';
import { checkFirstPartyChallenge } from './first-party-challenge.ts';
import { checkPkce } from './pkce.ts';
import { checkProfile } from './profile.ts';
import { checkRefresh } from './refresh.ts';
import { checkTokenExchange } from './token-exchange.ts';
import type { CheckSettings } from './check.ts';

export const settingsChecks: readonly CheckSettings[] = [
  checkAuthorization,
  checkAuthorizationDetailsTypes,
  checkFirstPartyChallenge,
  checkBackchannel,
  checkBrand,
  checkKeys,
  checkAuthenticationSettings,
  checkPeople,
  checkPkce,
  checkProfile,
  checkRefresh,
  checkDpop,
  checkAnswers,
  checkOpenId,
  checkLogout,
  checkTokenExchange,
];
