/** A client that is held to a profile: stricter than the server's, never weaker. */
import type { CheckSettings } from './check.ts';
import { profileNames } from '../../../model/client-settings.ts';
export const checkProfile: CheckSettings = ({ profile }, say) => {
  if (profile !== undefined && !(profileNames as readonly string[]).includes(profile))
    say('profile', `must be one of ${profileNames.join(', ')}`);
};
