/**
 * Access tokens: signed JWTs (RFC 9068) with a short lifetime, or opaque tokens with the same
 * claims if the API wants them.
 */
import { namesWithin } from '../accounts/claims.ts';
import { isHidden, sealHolder, subjectOf } from '../accounts/subject.ts';
import { adminIdentifier } from '../apis/admin.ts';
import { mayAdminister } from '../policy/tiers.ts';
import { type Core, lifetimesOf } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import { signingKeyOf } from '../keys/key-ring.ts';
import type { Client } from '../../model/entities.ts';
import { statusClaim } from '../status/assign.ts';
import { keepOpaqueToken } from './opaque-token.ts';
import type { AuthorizationTerms, Confirmation } from '../../model/terms.ts';
import type { ApiDirectory } from '../../model/services.ts';
import { formatTokenId, isIdOf, newId, parseTokenParent } from '../../model/token-id.ts';

export interface AccessTokenGrant {
  /** The id of the account, or of the client if there is no user (RFC 9068 §2.2). */
  readonly subject: string;
  /** The `sub` of the token, if it is not the subject by which the client knows the user. */
  readonly subjectName?: string | undefined;
  readonly client: Client;
  readonly scopes: readonly string[];
  readonly audience: string;
  /** The APIs. The API of the audience decides whether the token has a status. */
  readonly apis: ApiDirectory;
  /**
   * What ends the token: the id of its family, consent or API key. Introspection and userinfo
   * check whether it has ended.
   */
  readonly parent?: string;
  /** The token never outlives this. */
  readonly notAfter?: number;
  /** When the user signed in; absent without a user. */
  readonly authenticatedAt?: number;
  /** The key or certificate of the token. Absent for a bearer token. */
  readonly confirmation?: Confirmation | undefined;
  readonly terms?: AuthorizationTerms | undefined;
}

export interface IssuedAccessToken {
  readonly accessToken: string;
  readonly expiresIn: number;
}

export async function issueAccessToken(
  core: Core,
  grant: AccessTokenGrant,
  now: number,
): Promise<IssuedAccessToken> {
  assertOpen(core, grant);
  const keys = await core.keys.load();
  const lifetime = lifetimesOf(core, grant.client).accessTokenSeconds;
  const expiresIn = Math.min(lifetime, (grant.notAfter ?? Number.POSITIVE_INFINITY) - now);
  const serial = serialOf(core, grant);
  const api = grant.apis.find(grant.audience);
  // Without waiting for an API that has no status list.
  const status = api?.tokenStatus === true ? await statusOf(core, grant) : {};
  // RFC 9068 §2.2: iss, exp, aud, sub, client_id, iat and jti are required.
  const claims = {
    iss: core.options.issuer,
    sub: grant.subjectName ?? subjectOf(core, grant.client, grant.subject),
    aud: grant.audience,
    client_id: grant.client.id,
    iat: now,
    exp: now + expiresIn,
    jti: formatTokenId(grant.parent, serial),
    scope: grant.scopes.join(' '),
    ...(grant.authenticatedAt !== undefined ? { auth_time: grant.authenticatedAt } : {}),
    ...(grant.terms === undefined ? {} : termClaims(grant.terms, grant.client)),
    // RFC 9449 §6.1, RFC 8705 §3.1.
    ...(grant.confirmation !== undefined ? { cnf: grant.confirmation } : {}),
    ...status,
  };
  const accessToken =
    api?.settings?.accessTokenFormat === 'opaque'
      ? await keepOpaqueToken(core, claims)
      : await core.signer.sign(
          signingKeyOf(keys, api?.settings?.signingAlgorithm ?? 'ES256'),
          'at+jwt',
          claims,
        );
  return { accessToken, expiresIn };
}

/**
 * Random. For a pairwise subject without a family, it contains the sealed account, because nothing
 * else says who the user is.
 */
function serialOf(core: Core, { client, subject, parent }: AccessTokenGrant): string {
  const isLost = isHidden(client, subject) && (parent === undefined || !isIdOf('family', parent));
  return isLost ? sealHolder(core, subject) : newId(core, '');
}

/** RFC 9068 §2.2.1 (acr, amr), RFC 9396 §9.1, RFC 8693 §4.1. */
function termClaims(
  { acr, amr, authorizationDetails, act, claims }: AuthorizationTerms,
  { scopes }: Client,
) {
  // Rights that the client has lost are left out, like scopes.
  const atUserinfo = claims?.userinfo && namesWithin(claims.userinfo, scopes);
  return {
    ...(acr !== undefined ? { acr } : {}),
    ...(amr !== undefined ? { amr } : {}),
    ...(authorizationDetails !== undefined ? { authorization_details: authorizationDetails } : {}),
    ...(act !== undefined ? { act } : {}),
    // A claim of this server: only the names, so that userinfo need not look up what was asked for
    // (OpenID Connect Core §5.5).
    ...(atUserinfo !== undefined ? { userinfo_claims: atUserinfo } : {}),
  };
}

/**
 * Only a first-party service may have a token for the server's own API, without a user, whatever
 * consents and families contain.
 */
function assertOpen(core: Core, { subject, client, audience }: AccessTokenGrant): void {
  if (audience !== adminIdentifier(core.options.issuer)) return;
  if (!mayAdminister(client) || subject !== client.id)
    throw new OAuthError('client_not_permitted', { log: { clientId: client.id, audience } });
}

/** A token without a parent is a service's own: it ends with its client. */
async function statusOf(core: Core, { parent, client }: AccessTokenGrant) {
  if (parent !== undefined && parseTokenParent(parent).kind !== 'client')
    return statusClaim(core, parent);
  const service =
    parent === undefined || parent === client.id ? client : await core.loadClient(parent);
  return statusClaim(core, parent ?? client.id, service?.tokensEndedAt);
}
