/**
 * The resource owner password credentials grant (RFC 6749 §4.3): only for highly trusted
 * first-party clients, each switched on separately. The application sees the password, accounts
 * with a second factor are refused, and there is no consent. RFC 9700 §2.4 forbids this grant. It
 * exists only to move old first-party applications to the code grant.
 */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { requireParameter } from '../../kernel/http/parameters.ts';
import { askingOf } from '../../kernel/accounts/end-user-address.ts';
import { passwordAlone } from '../../kernel/accounts/acr.ts';
import { lacksTwoFactors } from '../../kernel/accounts/factor-demand.ts';
import { hasStrongerSignIn } from '../../kernel/accounts/stronger-sign-in.ts';
import { lacksTerms } from '../../kernel/accounts/terms-demand.ts';
import { checkPassword } from '../../kernel/accounts/password-check.ts';
import { agreeUnasked } from '../../kernel/tokens/unasked.ts';
import { answerWithTokens } from '../../kernel/tokens/tokens.ts';
import type { TokenRequest, TokenResponse } from '../../kernel/tokens/token-request.ts';
import { chooseAccess } from '../../kernel/tokens/requested-access.ts';

export async function grantPassword(core: Core, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, client, http, now } = request;
  const email = requireParameter(parameters, 'username');
  const password = requireParameter(parameters, 'password');
  const access = await chooseAccess(core, request);

  if (request.remember !== undefined) await request.remember();
  // RFC 6749 §4.3.2: the server must protect this endpoint against brute force.
  const account = await checkPassword(
    core,
    { email, password, asking: askingOf(client, http) },
    now,
  );
  if (account === undefined)
    throw new OAuthError('credentials_wrong', { log: { clientId: client.id } });

  // The grant has no second question, and must not be a way around it.
  const proven = { accountId: account.id, terms: { amr: passwordAlone } };
  const isTooWeak = await lacksTwoFactors(core, client, access.scopes, proven);
  if (isTooWeak || (await hasStrongerSignIn(core, account)))
    throw new OAuthError('second_factor_required', { log: { clientId: client.id } });
  if (lacksTerms(core, account, now))
    throw new OAuthError('terms_required', { log: { clientId: client.id } });

  const { family, tokens, facts } = await agreeUnasked(core, request, account, access, now);
  // The password may have changed since the check. The change has ended all earlier families, but
  // not this one.
  const isAlive = await core.store.families.start(family, account.passwordHash);
  if (!isAlive) throw new OAuthError('credentials_wrong', { log: { clientId: client.id } });
  core.events.emit({
    type: 'password_grant.used',
    ...facts,
    advice: 'move to the authorization code grant',
  });
  const idToken = facts.scopes.includes('openid') ? {} : undefined;
  return answerWithTokens(core, { ...tokens, idToken }, now);
}
