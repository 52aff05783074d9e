/**
 * The grant management API (Grant Management for OAuth 2.0, §6): a client reads or ends one of its
 * own grants. It needs an access token for this API, from the token endpoint with the `resource` of
 * this API. The token belongs to one user, and gives access only to the grant of that user.
 */
import { verifyShown } from '../../kernel/tokens/holder.ts';
import type { Core } from '../../kernel/core.ts';
import { detailsForAudience } from '../../kernel/authorization-details/granted.ts';
import { OAuthError, refusedTo } from '../../model/errors.ts';
import { assertNoTokenInQuery, readTokenHeader } from '../../kernel/http/access-token.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { empty, json } from '../../kernel/http/responses.ts';
import { loadHolderOf } from '../../kernel/tokens/own-access-token.ts';
import type { Client, Consent } from '../../model/entities.ts';
import { isOpenIdScope } from '../../rules/target.ts';
import { mayManageGrants } from '../../kernel/consents/grant-action.ts';
import { type grantScopes, grantsIdentifier } from '../../rules/grant-scopes.ts';
import { grantActions } from '../../model/authorization-ports.ts';

type GrantScope = (typeof grantScopes)[number];

/** §6.4. */
export function handleQueryGrant(core: Core, request: HttpRequest): Promise<HttpResponse> {
  return withConsent(core, request, 'grant_management_query', async (consent, client) =>
    json(await describeConsent(core, consent, client)),
  );
}

/**
 * §6.5: the grant, and all of its refresh tokens. Access tokens end for APIs that check their
 * status.
 */
export function handleRevokeGrant(core: Core, request: HttpRequest): Promise<HttpResponse> {
  return withConsent(
    core,
    request,
    'grant_management_revoke',
    async ({ id: grantId, accountId }, client) => {
      if (await core.store.grants.end(grantId, accountId, core.clock.nowSeconds()))
        core.events.emit({
          type: 'grant.ended',
          accountId,
          clientId: client.id,
          grantId,
          by: 'client',
        });
      return empty(204);
    },
  );
}

async function withConsent(
  core: Core,
  request: HttpRequest,
  scope: GrantScope,
  act: (consent: Consent, client: Client) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  assertNoTokenInQuery(request);
  const shown = readTokenHeader(request);
  if (shown === undefined) throw new OAuthError('token_missing');
  const claims = await verifyShown(core, request, shown);
  return refusedTo({ clientId: claims.client_id, tokenId: claims.jti }, async () => {
    // An API must not be able to use a token here that was sent to it (RFC 9700 §4.10).
    if (claims.aud !== grantsIdentifier(core.options.issuer))
      throw new OAuthError('token_audience_wrong');
    if (!claims.scope.split(' ').includes(scope))
      throw new OAuthError('scope_insufficient', { scope });
    const client = await core.loadClient(claims.client_id);
    const holder = client && (await loadHolderOf(core, client, claims));
    if (client === undefined || holder === undefined) throw new OAuthError('token_ended');
    const consent = await core.store.grants.find(grantIdOf(request));
    // §6.6: 404 for an unknown grant, 403 for a grant of another client. A grant id is not secret
    // (§10).
    if (consent === undefined) throw new OAuthError('path_unknown');
    if (
      consent.clientId !== client.id ||
      consent.accountId !== holder.id ||
      !mayManageGrants(client)
    )
      throw new OAuthError('grant_foreign', { log: { grantId: consent.id } });
    return act(consent, client);
  });
}

/** §6.3: the last part of the address. */
function grantIdOf({ path }: HttpRequest): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

async function describeConsent(core: Core, consent: Consent, client: Client) {
  const apis = await core.loadApis();
  const parts = consent.terms?.authorizationDetails ?? [];
  const details = consent.audiences.flatMap((audience) =>
    detailsForAudience(parts, client, audience, apis),
  );
  const byResource = consent.audiences.map((resource) => ({
    scope: consent.scopes.filter((scope) => apis.ofScope(scope)?.identifier === resource).join(' '),
    resource: [resource],
  }));
  const own = consent.scopes.filter(isOpenIdScope).join(' ');
  return {
    scopes: [...byResource, { scope: own }].filter(({ scope }) => scope !== ''),
    ...(details.length > 0 ? { authorization_details: details } : {}),
  };
}

/** §7.1. Each answer of the token endpoint has an id, so no request needs to ask for one. */
export function grantManagementMetadata(): Readonly<Record<string, unknown>> {
  return {
    grant_management_actions_supported: ['query', 'revoke', ...grantActions],
    grant_management_action_required: false,
  };
}
