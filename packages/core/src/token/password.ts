/**
 * The resource owner password credentials grant (RFC 6749 §4.3): for highly trusted first-party clients alone, switched
 * on one by one. It hands a password to an application, knows no second factor and no consent, and RFC 9700 §2.4
 * forbids it to everyone: it exists to move old first-party applications to the code grant.
 */
import { mayUseGrant } from '../clients/tiers.ts';
import { type Core, newId } from '../core.ts';
import { OAuthError } from '../errors.ts';
import { requireParameter } from '../http/parameters.ts';
import { checkPassword } from '../interaction/password-check.ts';
import { familyIdOf, makeFamily, makeRefreshToken } from '../issue/refresh-token.ts';
import { answerWithTokens } from '../issue/tokens.ts';
import { type Account, type Client, idPrefixes } from '../model.ts';
import { assertScopesWithin, parseScope } from '../rules/scope.ts';
import {
  chooseAudience,
  defaultScopes,
  parseResources,
  resolveAudiences,
  scopesForAudience,
} from '../rules/target.ts';
import type { TokenRequest, TokenResponse } from './request.ts';

export async function grantPassword(core: Core, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, client, now } = request;
  const username = requireParameter(parameters, 'username');
  const password = requireParameter(parameters, 'password');
  const apis = await core.loadApis();
  const resources = parseResources(parameters.all('resource'));
  const asked = parameters.get('scope');
  const requested = asked === undefined ? defaultScopes(client.scopes, resources, apis) : parseScope(asked);
  assertScopesWithin(requested, client.scopes);
  const audiences = resolveAudiences(requested, resources, client.scopes, apis);
  const audience = chooseAudience(resources, audiences, core.options.issuer);
  const scopes = scopesForAudience(requested, audience, apis);

  // RFC 6749 §4.3.2: the server must protect this endpoint against brute force.
  const account = await checkPassword(
    core,
    { email: username, password, remoteAddress: request.remoteAddress },
    now,
  );
  if (account === undefined) throw new OAuthError('credentials_wrong', { log: { clientId: client.id } });

  const grantId = await keepGrant(core, account, client, scopes, audience, now);
  const handle = newId(core, '');
  const id = familyIdOf(handle);
  const refreshToken = mayUseGrant(client, 'refresh_token') ? makeRefreshToken(core, handle) : undefined;
  const family = makeFamily(
    core,
    { id, grantId, accountId: account.id, client, scopes, audiences: [audience], authenticatedAt: now },
    refreshToken,
    now,
  );
  await core.store.families.start(family);
  core.events.emit({
    type: 'password_grant.used',
    clientId: client.id,
    accountId: account.id,
    grantId,
    familyId: id,
    scopes,
    advice: 'move to the authorization code grant',
  });
  return answerWithTokens(
    core,
    {
      client,
      subject: account.id,
      scopes,
      audience,
      apis,
      origin: id,
      authenticatedAt: now,
      confirmation: request.confirmation,
      refreshToken,
      idToken: scopes.includes('openid') ? {} : undefined,
    },
    now,
  );
}

/** Nobody is asked, but the account page must show what the application holds, and end it. */
async function keepGrant(
  core: Core,
  account: Account,
  client: Client,
  scopes: readonly string[],
  audience: string,
  now: number,
): Promise<string> {
  const result = await core.store.grants.agree(
    {
      grantId: newId(core, idPrefixes.grant),
      accountId: account.id,
      clientId: client.id,
      scopes,
      declinedScopes: [],
      audiences: [audience],
    },
    undefined,
    now,
  );
  if (result.outcome !== 'issued') throw new Error('an agreement without a claim was refused');
  return result.grantId;
}
