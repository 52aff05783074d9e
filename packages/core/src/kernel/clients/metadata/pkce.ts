/**
 * `require_pkce: false`, a name of this server: for an application that is older than PKCE (RFC
 * 7636) and authenticates with a secret or key.
 */
import type { CheckSettings } from './check.ts';

export const checkPkce: CheckSettings = ({ require_pkce: required, kind }, say, { policy }) => {
  if (required !== false) return;
  // RFC 9700 §2.1.1: public clients MUST use it.
  if (kind !== 'web') say('require_pkce', 'may be false for web clients alone');
  if (policy.pkce === 'required') say('require_pkce', 'must be true under this profile');
};
