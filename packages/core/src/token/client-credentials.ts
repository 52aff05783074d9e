/** The client credentials grant (RFC 6749 §4.4): a service on its own account. No person, so no refresh token (§4.4.3). */
import type { Core } from '../core.ts';
import { OAuthError } from '../errors.ts';
import { issueAccessToken } from '../issue/access-token.ts';
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
  const { parameters, client, now } = request;
  const apis = await core.loadApis();
  const resources = parseResources(parameters.all('resource'));
  const asked = parameters.get('scope');
  const own = client.scopes.filter((scope) => !isOpenIdScope(scope));
  const scopes = asked === undefined ? defaultScopes(own, resources, apis) : parseScope(asked);
  assertScopesWithin(scopes, client.scopes);
  if (scopes.some(isOpenIdScope))
    throw new OAuthError('scope_invalid', { description: 'OpenID Connect scopes need a person.' });
  const audiences = resolveAudiences(scopes, resources, client.scopes, apis);
  const audience = chooseAudience(resources, audiences, core.options.issuer);
  const { accessToken, expiresIn } = await issueAccessToken(
    core,
    { subject: client.id, client, scopes, audience },
    now,
  );
  return { access_token: accessToken, token_type: 'Bearer', expires_in: expiresIn, scope: scopes.join(' ') };
}
