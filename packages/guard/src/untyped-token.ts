/**
 * Access tokens from before RFC 9068, whose `typ` does not say what they are. Only for issuers for
 * which the option allows it. As far as can be known, no other token of the issuer is accepted as
 * one.
 */
import { type JsonObject, JwtError } from '@keywright/jwt';

/** `''` stands for a header without `typ`. */
export const untypedTokenTypes: readonly string[] = ['at+jwt', 'JWT', ''];

/**
 * Claims of ID tokens (OpenID Connect Core §2, §3.3.2.11) and of logout tokens and other events
 * (RFC 8417 §2.2) that no access token has.
 */
const foreign = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events'];
/** Claims in which some issuers state the kind of a token, and their values for access tokens. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  typ: ['Bearer', 'DPoP'],
  token_use: ['access'],
};
/** An ID token has none of these: it has no scope, and names its client in `aud` and `azp`. */
const own = ['client_id', 'scope', 'scp', 'cid'];

/**
 * `sub`, `client_id` and `scope` of such a token. `azp` or `cid` may name the client, and `scp` the
 * scopes.
 * @throws JwtError `token_type_wrong` if it looks like another kind of token
 */
export function namedClaimsOf(claims: JsonObject): JsonObject {
  const isForeign = foreign.some((name) => Object.hasOwn(claims, name));
  const isOtherKind = Object.entries(kinds).some(
    ([name, values]) => Object.hasOwn(claims, name) && !values.includes(claims[name] as string),
  );
  if (isForeign || isOtherKind || !own.some((name) => Object.hasOwn(claims, name))) {
    throw new JwtError(
      'token_type_wrong',
      'the token has no type, and its claims are not those of an access token',
    );
  }
  const { client_id: clientId = claims['azp'] ?? claims['cid'], scope = scopeOf(claims['scp']) } =
    claims;
  return { sub: claims['sub'], client_id: clientId, scope };
}

/** A text, or a list of scopes. */
function scopeOf(scp: unknown): unknown {
  return Array.isArray(scp) && scp.every((one) => typeof one === 'string') ? scp.join(' ') : scp;
}
