/**
 * The client credentials grant (RFC 6749 §4.4): a service without a user, so without a refresh
 * token (§4.4.3). The service authenticates by its secret, or by an API key. With a key, the token
 * is for the API of the key, with at most its scopes.
 */
import { recordUse } from '../../kernel/tokens/api-key-last-use.ts';
import type { Core } from '../../kernel/core.ts';
import { audiencesOfDetails } from '../../kernel/authorization-details/request.ts';
import {
  readRequestedDetails,
  requestedParts,
} from '../../kernel/authorization-details/requested.ts';
import { OAuthError } from '../../model/errors.ts';
import { answerWithTokens } from '../../kernel/tokens/tokens.ts';
import type { ApiKey } from '../../model/entities.ts';
import { assertScopesWithin, parseScope } from '../../rules/scope.ts';
import {
  chooseAudience,
  defaultScopes,
  isOpenIdScope,
  parseResources,
  resolveAudiences,
} from '../../rules/target.ts';
import type { TokenRequest, TokenResponse } from '../../kernel/tokens/token-request.ts';
import { parentOfApiKey } from '../../model/token-id.ts';

export async function grantClientCredentials(
  core: Core,
  request: TokenRequest,
): Promise<TokenResponse> {
  const { parameters, client, apiKey, now } = request;
  const ceiling = apiKey?.scopes ?? client.scopes;
  const apis = await core.loadApis();
  const resources = parseResources(parameters.all('resource'));
  const details = readRequestedDetails(parameters, client, resources, apis);
  if (details !== undefined && apiKey !== undefined)
    throw new OAuthError('details_invalid', noKeyDetails);
  const asked = parameters.get('scope');
  const own = ceiling.filter((scope) => !isOpenIdScope(scope));
  // RFC 9396 §6: a request with details and without scope asks for no scope.
  const meant = details === undefined ? defaultScopes(own, resources, apis) : [];
  const scopes = asked === undefined ? meant : parseScope(asked);
  assertScopesWithin(scopes, ceiling);
  if (scopes.some(isOpenIdScope))
    throw new OAuthError('scope_invalid', { description: 'OpenID Connect scopes need a user.' });
  const ofDetails = details === undefined ? [] : audiencesOfDetails(details.asked, apis);
  const audiences = resolveAudiences(scopes, resources, ceiling, apis, ofDetails);
  const audience = chooseAudience(resources, audiences, core.options.issuer);
  const answer = await answerWithTokens(
    core,
    {
      client,
      subject: client.id,
      scopes,
      audience,
      apis,
      confirmation: request.confirmation,
      ...(details && { terms: { authorizationDetails: requestedParts(details) } }),
      ...(apiKey && hangOn(apiKey.key)),
    },
    now,
  );
  if (apiKey !== undefined) recordUse(core, apiKey.key, now);
  return answer;
}

const noKeyDetails = {
  description: 'authorization_details: an API key has only scopes.',
};

/** The token ends with the key for which it was exchanged. */
function hangOn({ id, expiresAt }: ApiKey): {
  readonly parent: string;
  readonly notAfter?: number;
} {
  return {
    parent: parentOfApiKey(id),
    ...(expiresAt !== undefined ? { notAfter: expiresAt } : {}),
  };
}
