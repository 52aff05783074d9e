/**
 * Names for checks that are left out on purpose. A missing value never leaves a check out. A caller
 * that does not want a check imports one of these names, which is visible in its code.
 */

/** For `issuer`: accepts a token of any issuer. Only if the key was chosen by the issuer. */
export const anyIssuer: unique symbol = Symbol('anyIssuer');

/**
 * For `audience`: accepts a token for any audience. Only if the caller checks `aud` itself, or if
 * no other API accepts tokens of this issuer and type.
 */
export const anyAudience: unique symbol = Symbol('anyAudience');

/**
 * For `accessToken`: accepts a DPoP proof without a check of `ath` (RFC 9449 §4.3). Only for a
 * request without an access token.
 */
export const noAccessToken: unique symbol = Symbol('noAccessToken');

/**
 * For `thumbprint`: accepts a DPoP proof of any key. Only if a token will be bound to the key of
 * the proof.
 */
export const anyKey: unique symbol = Symbol('anyKey');
