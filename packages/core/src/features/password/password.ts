/**
 * The resource owner password credentials grant (RFC 6749 §4.3): for highly trusted first-party
 * clients alone, switched on one by one. It hands a password to an application, knows no second
 * factor and no consent, and RFC 9700 §2.4 forbids it to everyone: it exists to move old
 * first-party applications to the code grant.
 */
import { mayUseGrant } from '../../kernel/policy/tiers.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { keepUnasked } from '../../kernel/consents/unasked.ts';
import { requireParameter } from '../../kernel/http/parameters.ts';
import { askingOf } from '../../kernel/accounts/end-user-address.ts';
import { checkPassword } from '../../kernel/accounts/password-check.ts';
import { makeFamily, makeRefreshToken } from '../../kernel/tokens/refresh-token.ts';
import { answerWithTokens } from '../../kernel/tokens/tokens.ts';
import type { TokenRequest, TokenResponse } from '../../kernel/tokens/token-request.ts';
import { chooseAccess } from '../../kernel/tokens/requested-access.ts';
import { familyIdOf, newId } from '../../model/token-id.ts';

export async function grantPassword(core: Core, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, client, confirmation, http, now } = request;
  const email = requireParameter(parameters, 'username');
  const password = requireParameter(parameters, 'password');
  const { apis, audience, scopes } = await chooseAccess(core, request);

  if (request.remember !== undefined) await request.remember();
  // RFC 6749 §4.3.2: the server must protect this endpoint against brute force.
  const account = await checkPassword(
    core,
    { email, password, asking: askingOf(client, http) },
    now,
  );
  if (account === undefined)
    throw new OAuthError('credentials_wrong', { log: { clientId: client.id } });

  const grantId = await keepUnasked(core, account, client, scopes, audience, now);
  const handle = newId(core, '');
  const id = familyIdOf(handle);
  const refreshToken = mayUseGrant(client, 'refresh_token')
    ? makeRefreshToken(core, handle)
    : undefined;
  const given = { client, scopes, authenticatedAt: now, confirmation };
  const family = { ...given, id, grantId, accountId: account.id, audiences: [audience] };
  // The password of then may be another by now: its change has ended what was there, and this was
  // not.
  const isAlive = await core.store.families.start(
    makeFamily(core, family, refreshToken, now),
    account.passwordHash,
  );
  if (!isAlive) throw new OAuthError('credentials_wrong', { log: { clientId: client.id } });
  core.events.emit({
    type: 'password_grant.used',
    clientId: client.id,
    accountId: account.id,
    grantId,
    familyId: id,
    scopes,
    advice: 'move to the authorization code grant',
  });
  const idToken = scopes.includes('openid') ? {} : undefined;
  return answerWithTokens(
    core,
    { ...given, subject: account.id, audience, apis, parent: id, refreshToken, idToken },
    now,
  );
}
