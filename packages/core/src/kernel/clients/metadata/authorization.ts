/**
 * How a client sends authorization requests (RFC 9126 §6, RFC 9101 §9, OpenID Connect Registration
 * §2), and how it is answered (JARM §3).
 */
import { signingAlgorithms } from '@keywright/jwt';
import { openedEncryptions } from '@keywright/jwt/encryption';
import { responseModes, type ResponseType, responseTypes } from '@keywright/wire';
import { parseHttpsAddress } from '../../../rules/web-address.ts';
import type { ClientRegistration } from '../client-registration.ts';
import { checkEncryption } from './answers.ts';
import { type CheckSettings, hasKeys, type Say } from './check.ts';

const mostAddresses = 50;
/** OpenID Connect Core §6.2. */
const longestAddress = 512;

export const checkAuthorization: CheckSettings = (input, say) => {
  checkResponseTypes(input, say);
  input.response_modes?.forEach((mode, index) => {
    if (!(responseModes as readonly string[]).includes(mode))
      say(`response_modes[${index}]`, `must be one of ${responseModes.join(', ')}`);
  });
  checkRequestAddresses(input.request_uris, say);
  checkRequestObjects(input, say);
};

/** The order of the parts of a response type does not matter. */
function checkResponseTypes(input: ClientRegistration, say: Say): void {
  input.response_types?.forEach((text, index) => {
    const words = text.split(' ').sort().join(' ');
    const type = responseTypes.find((one) => one === words);
    const member = `response_types[${index}]`;
    if (type === undefined) say(member, `must be one of ${responseTypes.join(', ')}`);
    else checkGrants(input, type, (message) => say(member, message));
  });
}

/**
 * OpenID Connect Registration §2: consistent with the grants. An ID token needs no grant, because
 * it gives no access.
 */
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

function checkRequestAddresses(addresses: readonly string[] | undefined, say: Say): void {
  if (addresses !== undefined && addresses.length > mostAddresses)
    say('request_uris', `must be at most ${mostAddresses}`);
  addresses?.forEach((address, index) => {
    // RFC 9101 §5.2, §10.4: this server fetches it, so only https.
    if (address.length > longestAddress || parseHttpsAddress(address) === undefined)
      say(
        `request_uris[${index}]`,
        `must be an https URL without a user, of at most ${longestAddress} characters`,
      );
  });
}

function checkRequestObjects(input: ClientRegistration, say: Say): void {
  const { require_signed_request_object: required, request_object_signing_alg: algorithm } = input;
  // RFC 9101 §10.1: "none" proves nothing.
  if (algorithm !== undefined && !(signingAlgorithms as readonly string[]).includes(algorithm))
    say('request_object_signing_alg', `must be one of ${signingAlgorithms.join(', ')}`);
  if (required === true && !hasKeys(input))
    say(
      'require_signed_request_object',
      'needs jwks or jwks_uri: nobody could check the signature',
    );
  checkEncryption(input, 'request_object_encryption', say);
  const { request_object_encryption_alg: alg } = input;
  if (alg !== undefined && !(openedEncryptions as readonly string[]).includes(alg))
    say('request_object_encryption_alg', `must be one of ${openedEncryptions.join(', ')}`);
}
