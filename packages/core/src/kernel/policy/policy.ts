/**
 * The demands on the requests of one client: those of the server's profile, and of the client's own
 * profile if it is stricter.
 */
import type { ClientAuthenticationMethod, ResponseType } from '@keywright/wire';
import type { GrantType } from '../../model/features.ts';

/** The strictest first. */
const pkceDemands = ['required', 'unless-registered', 'when-sent'] as const;
export type PkceDemand = (typeof pkceDemands)[number];

/** What a profile demands from a client in addition to its tier. */
export interface Policy {
  /**
   * Whether a confidential client may leave PKCE out: never, if its registration says so, or
   * always. A challenge that is sent is always checked.
   */
  readonly pkce: PkceDemand;
  /** PKCE in every pushed request, even if it may be left out elsewhere. */
  readonly pushedPkceRequired: boolean;
  /** Never available, whatever tier and registration say. */
  readonly grantsRefused: readonly GrantType[];
  /**
   * Available to a client of any tier with a user, if it is registered for them. This is weaker
   * than the tiers, and only for test benches.
   */
  readonly grantsOpened: readonly GrantType[];
  /** Absent: everything that the tier allows. */
  readonly responseTypes?: readonly ResponseType[];
  /** The response type `code` alone needs a signed response. */
  readonly plainCodeRefused: boolean;
  readonly clientAuthentication?: readonly ClientAuthenticationMethod[];
  /** For all signatures by and for the client. */
  readonly signingAlgorithms?: readonly string[];
  readonly pushedRequestsRequired: boolean;
  /** `redirect_uri` in every authorization request, even if the client registered only one. */
  readonly redirectUriRequired: boolean;
  /** `scope` in every authorization request. The registered scope does not replace it. */
  readonly scopeRequired: boolean;
  /** `nonce` in every request with `openid`, `state` in every other one. */
  readonly nonceOrStateRequired: boolean;
  /** A request object signed by its client, with `nbf` and `exp` at most an hour apart. */
  readonly requestObjectsRequired: boolean;
  readonly signedIntrospectionRequired: boolean;
  /** Every access token is bound to a key or certificate. */
  readonly senderConstraintRequired: boolean;
  /**
   * `issuer`: the audience of an assertion is the issuer alone, as one string (RFC 7523bis; the
   * audience injection of 2025).
   */
  readonly assertionAudience: 'issuer' | 'issuer-or-endpoint';
  /**
   * A refresh token that stays the same through all uses: for those that are bound to a key or a
   * client that authenticates.
   */
  readonly refreshTokensStay: boolean;
  /** `authorization_details` only in a pushed or signed request (ASVS 10.4.15). */
  readonly detailsProtected: boolean;
  /** Answers of resources of this server name the interaction by `x-fapi-interaction-id`. */
  readonly interactionsNamed: boolean;
  /**
   * `open`: a client that registers itself may use all scopes for dynamic clients, even if it asked
   * for fewer.
   */
  readonly registeredScopes: 'asked' | 'open';
}

export const openPolicy: Policy = {
  pkce: 'unless-registered',
  pushedPkceRequired: false,
  grantsRefused: [],
  grantsOpened: [],
  plainCodeRefused: false,
  pushedRequestsRequired: false,
  redirectUriRequired: false,
  scopeRequired: false,
  nonceOrStateRequired: false,
  requestObjectsRequired: false,
  signedIntrospectionRequired: false,
  senderConstraintRequired: false,
  assertionAudience: 'issuer-or-endpoint',
  refreshTokensStay: false,
  detailsProtected: false,
  interactionsNamed: false,
  registeredScopes: 'asked',
};

/** Combines two policies. The stricter demand of each applies. */
export function strictest(one: Policy, other: Policy): Policy {
  const both = { ...one, ...other };
  return {
    ...both,
    pkce: pkceDemands.find((demand) => demand === one.pkce || demand === other.pkce) ?? 'required',
    pushedPkceRequired: one.pushedPkceRequired || other.pushedPkceRequired,
    grantsRefused: [...new Set([...one.grantsRefused, ...other.grantsRefused])],
    grantsOpened: one.grantsOpened.filter((grant) => other.grantsOpened.includes(grant)),
    ...common('responseTypes', one.responseTypes, other.responseTypes),
    plainCodeRefused: one.plainCodeRefused || other.plainCodeRefused,
    ...common('clientAuthentication', one.clientAuthentication, other.clientAuthentication),
    ...common('signingAlgorithms', one.signingAlgorithms, other.signingAlgorithms),
    pushedRequestsRequired: one.pushedRequestsRequired || other.pushedRequestsRequired,
    redirectUriRequired: one.redirectUriRequired || other.redirectUriRequired,
    scopeRequired: one.scopeRequired || other.scopeRequired,
    nonceOrStateRequired: one.nonceOrStateRequired || other.nonceOrStateRequired,
    requestObjectsRequired: one.requestObjectsRequired || other.requestObjectsRequired,
    signedIntrospectionRequired:
      one.signedIntrospectionRequired || other.signedIntrospectionRequired,
    senderConstraintRequired: one.senderConstraintRequired || other.senderConstraintRequired,
    assertionAudience:
      one.assertionAudience === 'issuer' ? one.assertionAudience : other.assertionAudience,
    refreshTokensStay: one.refreshTokensStay || other.refreshTokensStay,
    detailsProtected: one.detailsProtected || other.detailsProtected,
    interactionsNamed: one.interactionsNamed || other.interactionsNamed,
    registeredScopes:
      one.registeredScopes === 'asked' ? one.registeredScopes : other.registeredScopes,
  };
}

function common<Name extends string, Value>(
  name: Name,
  one: readonly Value[] | undefined,
  other: readonly Value[] | undefined,
): { readonly [key in Name]?: readonly Value[] } {
  const left =
    one === undefined ? other : other === undefined ? one : one.filter((v) => other.includes(v));
  return (left === undefined ? {} : { [name]: left }) as {
    readonly [key in Name]?: readonly Value[];
  };
}
