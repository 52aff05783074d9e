/**
 * `refresh_absolute_seconds: never` and `refresh_retry_seconds: until_used`, names of our own: for one client what `lifetimes` says for a
 * whole tier. Said by an operator alone.
 */
import type { ClientSettings } from '../../../model/client-settings.ts';
import type { CheckSettings } from './check.ts';
export const checkRefresh: CheckSettings = (input, say, _algorithms, policy): ClientSettings => {
  const { refresh_absolute_seconds: absolute, refresh_retry_seconds: retry, trust } = input;
  const refuse = (member: string, value: string | undefined, only: string): boolean => {
    if (value === undefined) return true;
    if (value !== only) say(member, `must be ${only}, or be left out: then it is that of the tier`);
    // What nobody has reviewed has an end.
    else if (trust === 'unverified') say(member, 'is not open to unverified clients');
    return false;
  };
  const settings: ClientSettings = {
    ...(refuse('refresh_absolute_seconds', absolute, 'never') ? {} : { refreshAbsoluteSeconds: 'never' }),
    ...(refuse('refresh_retry_seconds', retry, 'until_used') ? {} : { refreshRetrySeconds: 'until_used' }),
  };
  // FAPI 2.0 Security Profile §5.3.2.1: without rotation there is no retry.
  if (retry !== undefined && policy.refreshTokensStay)
    say(
      'refresh_retry_seconds',
      'cannot be until_used under this profile: its refresh tokens stay as they are',
    );
  return settings;
};
