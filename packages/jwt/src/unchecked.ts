/**
 * Names for what is on purpose not checked. A check is never left out because a value is missing: who does not want it imports
 * one of these, and a reader sees it.
 */

/** Takes a token of any issuer: only where the key was chosen by the issuer. */
export const anyIssuer: unique symbol = Symbol('anyIssuer');

/** Takes a token for any audience: only where the caller judges `aud` itself, or nobody else takes tokens of this issuer and type. */
export const anyAudience: unique symbol = Symbol('anyAudience');

/** Takes a DPoP proof without looking at `ath` (RFC 9449 §4.3): only for a request that shows no access token. */
export const noAccessToken: unique symbol = Symbol('noAccessToken');

/** Takes a DPoP proof of any key: only where a token is to be bound to the key that was shown. */
export const anyKey: unique symbol = Symbol('anyKey');
