/**
 * Names for what is on purpose not checked. A check is never left out because a value is missing:
 * who does not want it imports one of these, and a reader sees it.
 */

/** For `issuer`: takes a token of any issuer. Only where the key was chosen by the issuer. */
export const anyIssuer: unique symbol = Symbol('anyIssuer');

/**
 * For `audience`: takes a token for any audience. Only where the caller checks `aud` itself, or
 * nobody else takes tokens of this issuer and type.
 */
export const anyAudience: unique symbol = Symbol('anyAudience');

/**
 * For `accessToken`: takes a DPoP proof without looking at `ath` (RFC 9449 §4.3). Only for a
 * request that shows no access token.
 */
export const noAccessToken: unique symbol = Symbol('noAccessToken');

/**
 * For `thumbprint`: takes a DPoP proof of any key. Only where a token is to be bound to the key
 * that was shown.
 */
export const anyKey: unique symbol = Symbol('anyKey');
