/** How a client sends authorization requests (RFC 9126 §6, RFC 9101 §9, OpenID Connect Registration §2), and how it is answered (JARM §3). */
import { signingAlgorithms, type SigningAlgorithm } from '@keywright/jwt';
import { openedEncryptions } from '@keywright/jwt/encryption';
import { type ResponseMode, responseModes, type ResponseType, responseTypes } from '@keywright/wire';
import { parseHttpsAddress } from '../../../rules/web-address.ts';
import type { ClientRegistration } from '../client-registration.ts';
import type { ClientSettings } from '../../../model/client-settings.ts';
import { checkEncryption } from './encryption.ts';
import { checkSigningAlgorithm } from './signing-algorithm.ts';
import type { CheckSettings, Say } from './check.ts';

const mostAddresses = 50;
/** OpenID Connect Core §6.2. */
const longestAddress = 512;

export const checkAuthorization: CheckSettings = (input, say, algorithms) => ({
  ...checkResponseTypes(input, say),
  ...checkResponseModes(input, say),
  ...checkRequests(input, say),
  ...checkRequestObjects(input, say),
  ...checkSecuredResponses(input, algorithms, say),
});

/** Words in any order; each type once. */
function checkResponseTypes(input: ClientRegistration, say: Say): ClientSettings {
  if (input.response_types === undefined) return {};
  const known = input.response_types.map((text) => {
    const words = text.split(' ').sort().join(' ');
    return responseTypes.find((type) => type === words);
  });
  known.forEach((type, index) => {
    const member = `response_types[${index}]`;
    if (type === undefined) say(member, `must be one of ${responseTypes.join(', ')}`);
    else checkGrants(input, type, (message) => say(member, message));
  });
  return { responseTypes: [...new Set(known.filter((type): type is ResponseType => type !== undefined))] };
}

/** OpenID Connect Registration §2: consistent with the grants. An ID token needs none: it opens nothing. */
function checkGrants(
  { grant_types: grants, kind }: ClientRegistration,
  type: ResponseType,
  say: (message: string) => void,
): void {
  const words = type.split(' ');
  if (kind === 'service') say('a service has no person to send; remove it');
  else if (words.includes('code') && grants?.includes('authorization_code') === false)
    say(`${type} needs authorization_code in grant_types`);
  else if (words.includes('token') && grants?.includes('implicit') !== true)
    say(`${type} needs implicit in grant_types`);
}

function checkResponseModes({ response_modes: modes }: ClientRegistration, say: Say): ClientSettings {
  if (modes === undefined) return {};
  modes.forEach((mode, index) => {
    if (!(responseModes as readonly string[]).includes(mode))
      say(`response_modes[${index}]`, `must be one of ${responseModes.join(', ')}`);
  });
  return { responseModes: modes as readonly ResponseMode[] };
}

function checkRequests(input: ClientRegistration, say: Say): ClientSettings {
  const { require_pushed_authorization_requests: pushed, request_uris: addresses } = input;
  if (addresses !== undefined && addresses.length > mostAddresses)
    say('request_uris', `must be at most ${mostAddresses}`);
  addresses?.forEach((address, index) => {
    // RFC 9101 §5.2, §10.4: fetched by this server, so of https alone.
    if (address.length > longestAddress || parseHttpsAddress(address) === undefined)
      say(
        `request_uris[${index}]`,
        `must be an https URL without a user, of at most ${longestAddress} characters`,
      );
  });
  return {
    ...(pushed !== undefined ? { requirePushedRequests: pushed } : {}),
    ...(addresses !== undefined ? { requestUris: addresses } : {}),
  };
}

function checkRequestObjects(input: ClientRegistration, say: Say): ClientSettings {
  const { require_signed_request_object: required, request_object_signing_alg: algorithm } = input;
  // RFC 9101 §10.1: "none" proves nothing.
  if (algorithm !== undefined && !(signingAlgorithms as readonly string[]).includes(algorithm))
    say('request_object_signing_alg', `must be one of ${signingAlgorithms.join(', ')}`);
  if (required === true && input.jwks === undefined && input.jwks_uri === undefined)
    say('require_signed_request_object', 'needs jwks or jwks_uri: nobody could check the signature');
  const { request_object_encryption_alg: alg, request_object_encryption_enc: enc } = input;
  const encryption = checkEncryption(alg, enc, 'request_object_encryption', say);
  if (encryption !== undefined && !(openedEncryptions as readonly string[]).includes(encryption.alg))
    say('request_object_encryption_alg', `must be one of ${openedEncryptions.join(', ')}`);
  return {
    ...(required !== undefined ? { requireSignedRequestObject: required } : {}),
    ...(algorithm !== undefined ? { requestObjectSigningAlg: algorithm } : {}),
    ...(encryption !== undefined ? { requestObjectEncryption: encryption } : {}),
  };
}

function checkSecuredResponses(
  input: ClientRegistration,
  algorithms: readonly SigningAlgorithm[],
  say: Say,
): ClientSettings {
  const algorithm = checkSigningAlgorithm(
    input.authorization_signed_response_alg,
    algorithms,
    'authorization_signed_response_alg',
    say,
  );
  const encryption = checkEncryption(
    input.authorization_encrypted_response_alg,
    input.authorization_encrypted_response_enc,
    'authorization_encrypted_response',
    say,
  );
  if (encryption !== undefined && input.jwks === undefined && input.jwks_uri === undefined)
    say('authorization_encrypted_response_alg', 'needs jwks or jwks_uri: there is no key to encrypt for');
  return {
    ...(algorithm !== undefined ? { authorizationSignedResponseAlg: algorithm } : {}),
    ...(encryption !== undefined ? { authorizationEncryption: encryption } : {}),
  };
}
