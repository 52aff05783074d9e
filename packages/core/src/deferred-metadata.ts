/** What discovery says of deferred requests: RFC 8628 §4, CIBA §4. */
import { signingAlgorithms } from '@keywright/jwt';
import type { Core } from './kernel/core.ts';

export function deferredMetadata({ options, outbound }: Core): Readonly<Record<string, unknown>> {
  const { issuer, features, policies } = options;
  return {
    ...(features.deviceAuthorization
      ? { device_authorization_endpoint: `${issuer}/device_authorization` }
      : {}),
    ...(features.backchannelAuthentication
      ? {
          backchannel_authentication_endpoint: `${issuer}/bc-authorize`,
          // A ping needs a way out.
          backchannel_token_delivery_modes_supported: outbound === undefined ? ['poll'] : ['poll', 'ping'],
          ...(features.requestObjects
            ? {
                backchannel_authentication_request_signing_alg_values_supported:
                  policies.default.signingAlgorithms ?? signingAlgorithms,
              }
            : {}),
          backchannel_user_code_parameter_supported: false,
        }
      : {}),
  };
}
