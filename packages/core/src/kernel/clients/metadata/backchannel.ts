/** How a client asks users on another device, and learns of their answer (CIBA §4). */
import { signingAlgorithms } from '@keywright/jwt';
import { parseHttpsAddress } from '../../../rules/web-address.ts';
import type { ClientRegistration } from '../client-registration.ts';
import { type CheckSettings, hasKeys, type Say } from './check.ts';
export const checkBackchannel: CheckSettings = (input, say) => {
  const mode = input.backchannel_token_delivery_mode;
  const endpoint = input.backchannel_client_notification_endpoint;
  if (mode !== undefined && mode !== 'poll' && mode !== 'ping')
    say('backchannel_token_delivery_mode', 'must be poll or ping: push is not offered');
  // §4: required for ping, and useless without.
  if (mode === 'ping' && endpoint === undefined)
    say('backchannel_client_notification_endpoint', 'is required for the mode ping');
  if (endpoint !== undefined) checkEndpoint(endpoint, mode, say);
  if (input.backchannel_user_code_parameter === true)
    say('backchannel_user_code_parameter', 'must be false: user codes of CIBA are not supported');
  const algorithm = input.backchannel_authentication_request_signing_alg;
  if (algorithm !== undefined) checkSigning(input, algorithm, say);
};

/** §4: "It MUST be an HTTPS URL." */
function checkEndpoint(endpoint: string, mode: string | undefined, say: Say): void {
  const member = 'backchannel_client_notification_endpoint';
  if (parseHttpsAddress(endpoint)?.hash !== '')
    say(member, 'must be an https URL without user or fragment');
  if (mode !== 'ping') say(member, 'is for the mode ping');
}

/** §7.1.1: signed by a key pair, so that only the client can have made it. */
function checkSigning(input: ClientRegistration, algorithm: string, say: Say): void {
  const member = 'backchannel_authentication_request_signing_alg';
  if (!(signingAlgorithms as readonly string[]).includes(algorithm))
    say(member, `must be one of ${signingAlgorithms.join(', ')}`);
  if (!hasKeys(input)) say(member, 'needs jwks or jwks_uri, too');
}
