/**
 * The JWT bearer grant (RFC 7523 §2.1). A service sends an assertion of a trusted issuer about an
 * account of this server, and gets an access token for that user. The user is not asked. The
 * operator has configured which issuers are trusted, and which client may send their assertions.
 * 1. Issuer, signature, audience and times are right, and the account is active. This is checked
 *    before anything is spent.
 * 2. The assertion is spent once, over all nodes.
 * 3. The account page shows what the client got, and the user can end it there. The next assertion
 *    gives it again.
 *
 * No refresh token: the service sends another assertion (RFC 7521 §4.1). No scope that the client
 * does not have.
 */
import { refused, verifyAssertion } from './verification.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { requireParameter } from '../../kernel/http/parameters.ts';
import { agreeUnasked } from '../../kernel/tokens/unasked.ts';
import { answerWithTokens } from '../../kernel/tokens/tokens.ts';
import type { Account } from '../../model/entities.ts';
import type { TokenRequest, TokenResponse } from '../../kernel/tokens/token-request.ts';
import { chooseAccess, type RequestedAccess } from '../../kernel/tokens/requested-access.ts';
import type { AssertionIssuer } from '../../model/services.ts';

export async function grantByAssertion(core: Core, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, client, now } = request;
  const assertion = await verifyAssertion(
    core,
    client,
    requireParameter(parameters, 'assertion'),
    now,
  );
  const access = await chooseOpenAccess(core, request, assertion.issuer);
  const account = await findAccount(core, assertion.issuer, assertion.subject);
  if (account === undefined) throw refused('sub is not an active account');
  // RFC 7523 §3, item 7.
  if (!(await core.store.claims.take(assertion.marker.id, assertion.marker.expiresAt)))
    throw refused('was used before');

  const { family, tokens, facts } = await agreeUnasked(core, request, account, access, undefined);
  await core.store.families.start(family);
  const { issuer } = assertion.issuer;
  core.events.emit({ type: 'assertion_grant.used', ...facts, issuer });
  return answerWithTokens(core, tokens, now);
}

/**
 * RFC 7521 §4.1: scope as in any other grant, limited to what the client may have, at an API that
 * this issuer may give access to.
 */
async function chooseOpenAccess(
  core: Core,
  request: TokenRequest,
  { audiences: opened }: AssertionIssuer,
): Promise<RequestedAccess> {
  const access = await chooseAccess(core, request);
  const { apis, audience } = access;
  // The server's own API is only for a service without a user. Its userinfo needs a user who is
  // present.
  if (apis.find(audience)?.origin === 'built-in' || audience === core.options.issuer)
    throw new OAuthError('target_invalid');
  if (opened?.includes(audience) === false)
    throw new OAuthError('target_invalid', {
      description: 'Assertions of this issuer cannot be used for this API.',
    });
  return access;
}

/**
 * By an e-mail address only if it was verified. Otherwise anybody could create an account with the
 * address of another person.
 */
async function findAccount(
  core: Core,
  { subjects }: AssertionIssuer,
  subject: string,
): Promise<Account | undefined> {
  const isEmail = subjects === 'account_email';
  // The issuer means another address. Normalised, it could be the address of another account.
  if (isEmail && subject.normalize('NFKC').trim() !== subject) return undefined;
  const account = isEmail
    ? await core.store.accounts.loadByEmailKey(core.accounts.emailKey(subject))
    : await core.store.accounts.load(subject);
  if (account?.status !== 'active' || (isEmail && !account.emailVerified)) return undefined;
  return account;
}
