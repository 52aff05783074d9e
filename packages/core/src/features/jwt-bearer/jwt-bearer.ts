/**
 * The JWT bearer grant (RFC 7523 §2.1): a service brings an assertion in which a trusted issuer
 * speaks of one of our accounts, and gets an access token for that person. Nobody is asked: the
 * operator has said which issuer is trusted, and which client may bring its word.
 * 1. Issuer, signature, audience and times are right, and the account stands: checked before
 *    anything is spent.
 * 2. The assertion is spent once, on whichever node.
 * 3. What was given stands on the person's account page, and they can end it there; but the next
 *    assertion gives it anew.
 *
 * No refresh token: the service brings another assertion (RFC 7521 §4.1). No scope beyond the
 * client's own.
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
 * RFC 7521 §4.1: scope as in any other grant; within what the client may have, and at an API that
 * the issuer's word opens.
 */
async function chooseOpenAccess(
  core: Core,
  request: TokenRequest,
  { audiences: opened }: AssertionIssuer,
): Promise<RequestedAccess> {
  const access = await chooseAccess(core, request);
  const { apis, audience } = access;
  // The server's own API is for a service on its own account; its userinfo needs a person who is
  // there.
  if (apis.find(audience)?.origin === 'built-in' || audience === core.options.issuer)
    throw new OAuthError('target_invalid');
  if (opened?.includes(audience) === false)
    throw new OAuthError('target_invalid', {
      description: 'Assertions of this issuer cannot be used for this API.',
    });
  return access;
}

/**
 * By an address only where somebody checked that it is the account's: else anybody could make an
 * account in another one's name.
 */
async function findAccount(
  core: Core,
  { subjects }: AssertionIssuer,
  subject: string,
): Promise<Account | undefined> {
  const isEmail = subjects === 'account_email';
  // For the issuer it is another address; here it would become somebody's.
  if (isEmail && subject.normalize('NFKC').trim() !== subject) return undefined;
  const account = isEmail
    ? await core.store.accounts.loadByEmailKey(core.accounts.emailKey(subject))
    : await core.store.accounts.load(subject);
  if (account?.status !== 'active' || (isEmail && !account.emailVerified)) return undefined;
  return account;
}
