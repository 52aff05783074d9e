/**
 * `refresh_absolute_seconds: never` and `refresh_retry_seconds: until_used`, names of this server.
 * They set for one client what `lifetimes` sets for a tier. Only an operator may set them.
 */
import type { CheckSettings } from './check.ts';

const only = { refresh_absolute_seconds: 'never', refresh_retry_seconds: 'until_used' } as const;

export const checkRefresh: CheckSettings = (input, say, { policy }) => {
  for (const member of Object.keys(only) as (keyof typeof only)[]) {
    if (input[member] === undefined) continue;
    if (input[member] !== only[member])
      say(member, `must be ${only[member]}, or be left out: then it is that of the tier`);
    // The access of clients that were not reviewed always expires.
    else if (input.trust === 'unverified') say(member, 'is not available to unverified clients');
  }
  // FAPI 2.0 Security Profile §5.3.2.1: without rotation there is no retry.
  if (input.refresh_retry_seconds !== undefined && policy.refreshTokensStay)
    say(
      'refresh_retry_seconds',
      'cannot be until_used under this profile: its refresh tokens stay as they are',
    );
};
