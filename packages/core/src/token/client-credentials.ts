/**
 * The client credentials grant (RFC 6749 §4.4): a service on its own account. No person, so no refresh token (§4.4.3). The
 * service shows its secret, or an API key: then the token is for the key's API, with the key's scopes at most.
 */
import { recordUse } from '../api-keys/last-use.ts';
import type { Core } from '../core.ts';
import { OAuthError } from '../errors.ts';
import { answerWithTokens } from '../issue/tokens.ts';
import { type ApiKey, idPrefixes } from '../model.ts';
import { assertScopesWithin, parseScope } from '../rules/scope.ts';
import {
  chooseAudience,
  defaultScopes,
  isOpenIdScope,
  parseResources,
  resolveAudiences,
} from '../rules/target.ts';
import type { TokenRequest, TokenResponse } from './request.ts';

export async function grantClientCredentials(core: Core, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, client, apiKey, now } = request;
  const ceiling = apiKey?.scopes ?? client.scopes;
  const apis = await core.loadApis();
  const resources = parseResources(parameters.all('resource'));
  const asked = parameters.get('scope');
  const own = ceiling.filter((scope) => !isOpenIdScope(scope));
  const scopes = asked === undefined ? defaultScopes(own, resources, apis) : parseScope(asked);
  assertScopesWithin(scopes, ceiling);
  if (scopes.some(isOpenIdScope))
    throw new OAuthError('scope_invalid', { description: 'OpenID Connect scopes need a person.' });
  const audiences = resolveAudiences(scopes, resources, ceiling, apis);
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
      ...(apiKey && hangOn(apiKey.key)),
    },
    now,
  );
  if (apiKey !== undefined) recordUse(core, apiKey.key, now);
  return answer;
}

/** The token ends with the key that it was exchanged for. */
function hangOn({ id, expiresAt }: ApiKey): { readonly origin: string; readonly notAfter?: number } {
  return {
    origin: idPrefixes.apiKey + id,
    ...(expiresAt !== undefined ? { notAfter: expiresAt } : {}),
  };
}
