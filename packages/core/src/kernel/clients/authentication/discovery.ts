/**
 * For discovery (RFC 8414 §2): how clients may authenticate, by the server's profile and features.
 */
import { signingAlgorithms } from '@keywright/jwt';
import { type ClientAuthenticationMethod, clientAuthenticationMethods } from '@keywright/wire';
import type { Core } from '../../core.ts';
import { secretAlgorithm } from './client-secret-jwt.ts';

export function authenticationMetadata({
  options,
}: Pick<Core, 'options'>): Readonly<Record<string, unknown>> {
  const { signingAlgorithms: signing, clientAuthentication: taken } = options.policies.default;
  const methods = clientAuthenticationMethods.filter(
    (method) => isOn(method, options.features.mutualTls) && (taken?.includes(method) ?? true),
  );
  const confidential = methods.filter((method) => method !== 'none');
  const algorithms = [secretAlgorithm, ...signingAlgorithms].filter(
    (one) => signing?.includes(one) ?? true,
  );
  return {
    // An API key is exchanged at the token endpoint, and no other endpoint accepts it. A profile
    // with a list of methods does not accept it.
    token_endpoint_auth_methods_supported: taken === undefined ? [...methods, 'api_key'] : methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    introspection_endpoint_auth_methods_supported: confidential,
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
  };
}

function isOn(method: ClientAuthenticationMethod, mutualTls: boolean): boolean {
  return mutualTls || (method !== 'tls_client_auth' && method !== 'self_signed_tls_client_auth');
}
