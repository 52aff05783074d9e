/** How a service is answered when it introspects (RFC 9701 §6): signed by this algorithm, and encrypted for one of its keys. */
import { checkEncryption } from './encryption.ts';
import { checkSigningAlgorithm } from './signing-algorithm.ts';
import type { CheckSettings } from './check.ts';

export const checkIntrospection: CheckSettings = (input, say, algorithms) => {
  const signed = checkSigningAlgorithm(
    input.introspection_signed_response_alg,
    algorithms,
    'introspection_signed_response_alg',
    say,
  );
  const { introspection_encrypted_response_alg: alg, introspection_encrypted_response_enc: enc } = input;
  const encryption = checkEncryption(alg, enc, 'introspection_encrypted_response', say);
  if (encryption !== undefined && input.jwks === undefined && input.jwks_uri === undefined)
    say('introspection_encrypted_response_alg', 'needs jwks or jwks_uri: there is no key to encrypt for');
  return {
    ...(signed !== undefined ? { introspectionSignedResponseAlg: signed } : {}),
    ...(encryption !== undefined ? { introspectionEncryption: encryption } : {}),
  };
};
