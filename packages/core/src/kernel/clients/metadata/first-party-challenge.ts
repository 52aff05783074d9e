/**
 * `first_party_challenge`, a name of this server: the client shows the sign-in itself (OAuth 2.0
 * for First-Party Applications). Off unless it is switched on for one client, and only for
 * first-party clients, because users type their passwords into it.
 */
import type { CheckSettings } from './check.ts';

export const checkFirstPartyChallenge: CheckSettings = (
  { first_party_challenge: wanted, kind, trust },
  say,
) => {
  if (wanted !== true) return;
  // First-Party Apps §1.1: the specification MUST NOT be used by third-party applications.
  if (trust !== 'first-party' || (kind !== 'native' && kind !== 'web'))
    say('first_party_challenge', 'is open to first-party native and web clients alone');
};
