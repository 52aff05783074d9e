/** The client's keys (RFC 7591 §2): in the registration itself, or at an https address. */
import { hasPrivateMember } from '@keywright/jwt';
import { parseHttpsAddress } from '../../../rules/web-address.ts';
import type { CheckSettings, Say } from './check.ts';
/**
 * The largest number of keys of a client: enough to replace one, and few enough to import while a
 * request waits.
 */
export const mostKeys = 50;

export const checkKeys: CheckSettings = ({ jwks, jwks_uri: jwksUri }, say) => {
  // RFC 7591 §2: "The "jwks_uri" and "jwks" parameters MUST NOT both be present in the same request
  // or response."
  if (jwks !== undefined && jwksUri !== undefined)
    say('jwks', 'cannot be combined with jwks_uri: choose one');
  if (jwks !== undefined) checkJwks(jwks, say);
  if (jwksUri !== undefined) checkAddress(jwksUri, say);
};

function checkJwks(jwks: { readonly keys: readonly unknown[] }, say: Say): void {
  // RFC 7517 §5.
  const { keys } = jwks as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > mostKeys) {
    say('jwks', `must be a JWK set, {"keys": [...]}, with 1 to ${mostKeys} keys`);
    return;
  }
  keys.forEach((key: unknown, index) => {
    const isObject = typeof key === 'object' && key !== null && !Array.isArray(key);
    if (!isObject || typeof (key as { kty?: unknown }).kty !== 'string')
      say(`jwks.keys[${index}]`, 'must be a JWK, with its kty');
    // A private key that was sent is not secret any more, so it must not be used.
    else if (hasPrivateMember(key))
      say(
        `jwks.keys[${index}]`,
        'holds a private or symmetric key: make a new pair, and give the public half alone',
      );
  });
}

function checkAddress(jwksUri: string, say: Say): void {
  // RFC 7591 §5: what is fetched from there decides who the client is.
  if (parseHttpsAddress(jwksUri)?.hash !== '')
    say('jwks_uri', 'must be an https URL without user and fragment');
}
