/** A client whose tokens are always bound to a key (RFC 9449 §5.2). */
import type { CheckSettings } from './check.ts';

export const checkDpop: CheckSettings = (input, say) => {
  const { dpop_bound_access_tokens: bound, grant_types: grants } = input;
  if (bound !== true) return;
  // RFC 7800 §3.1: a token is bound to one thing.
  if (input.tls_client_certificate_bound_access_tokens === true)
    say(
      'dpop_bound_access_tokens',
      'cannot be combined with tls_client_certificate_bound_access_tokens: choose one',
    );
  // The authorization endpoint issues tokens to the browser, and no key was proved.
  if (grants?.includes('implicit') === true)
    say(
      'dpop_bound_access_tokens',
      'cannot be had together with the implicit grant, whose tokens are never bound',
    );
};
