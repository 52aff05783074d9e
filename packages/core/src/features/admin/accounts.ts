/**
 * Accounts in the admin API: list, read, disable and enable. A separate scope allows to set a
 * password. Accounts are created by other commands.
 */
import { answerList, pageParameters, parseAddress } from '../../kernel/json-api/listing.ts';
import { missing, parseObject, requireText, wrong } from '../../kernel/json-api/members.ts';
import type { Core } from '../../kernel/core.ts';
import { makeMail } from '../../kernel/mail/mail.ts';
import { OAuthError } from '../../model/errors.ts';
import { memberOf } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { empty, json } from '../../kernel/http/responses.ts';
import type { Account, Client } from '../../model/entities.ts';

/** One account by `account_id` or `email`, or all, page by page. */
export async function listAccounts(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseAddress(request, ['account_id', 'email', ...pageParameters]);
  const [id, email] = [parameters.get('account_id'), parameters.get('email')];
  if (id !== undefined) return json(renderAccount(await core.store.accounts.load(id)));
  if (email !== undefined)
    return json(
      renderAccount(await core.store.accounts.loadByEmailKey(core.accounts.emailKey(email))),
    );
  return answerList(core, parameters, ['accounts'], {
    name: 'accounts',
    load: (paging) => core.store.accounts.list(paging),
    render: renderAccount,
  });
}

async function loadKnown({ store }: Core, id: string): Promise<Account> {
  const account = await store.accounts.load(id);
  if (account === undefined)
    throw new OAuthError('object_unknown', { description: 'This account does not exist.' });
  return account;
}

/** Without the password. Of the claims, only those that every account has. */
function renderAccount(account: Account | undefined) {
  if (account === undefined)
    throw new OAuthError('object_unknown', { description: 'This account does not exist.' });
  const { id, email, emailVerified, name, status, createdAt } = account;
  return {
    account_id: id,
    email,
    email_verified: emailVerified,
    name,
    status,
    created_at: createdAt,
  };
}

/** Idempotent: 204, also if it was disabled before. Its sessions, grants and tokens end. */
export async function disableAccount(
  core: Core,
  request: HttpRequest,
  caller: Client,
): Promise<HttpResponse> {
  const id = parseAddress(request, ['account_id']).get('account_id') ?? missing('account_id');
  const account = await loadKnown(core, id);
  await core.store.accounts.disable(id, core.clock.nowSeconds());
  if (account.status === 'active')
    core.events.emit({ type: 'account.disabled', accountId: id, by: caller.id });
  return empty(204);
}

/** Idempotent: 204, also if it was not disabled. Nothing that ended is restored. */
export async function enableAccount(
  core: Core,
  request: HttpRequest,
  caller: Client,
): Promise<HttpResponse> {
  const { id } = await loadKnown(core, requireText(parseObject(request), 'account_id'));
  if (await core.store.accounts.enable(id, core.clock.nowSeconds()))
    core.events.emit({ type: 'account.enabled', accountId: id, by: caller.id });
  return empty(204);
}

/**
 * Ends its sessions and all tokens without `offline_access`. With `end_grants`, it also ends its
 * grants. A caller that may do this could sign in as any user, so it has its own scope.
 */
export async function setPassword(
  core: Core,
  request: HttpRequest,
  caller: Client,
): Promise<HttpResponse> {
  const body = parseObject(request);
  const account = await loadKnown(core, requireText(body, 'account_id'));
  const endsGrants = memberOf(body, 'end_grants') ?? false;
  if (typeof endsGrants !== 'boolean') throw wrong('end_grants must be true or false.');
  const password = requireText(body, 'password');
  const problem = await core.accounts.judgePassword(account.email, password);
  if (problem !== undefined) throw wrong(`password ${problem}.`);
  const hashed = await core.accounts.hashPassword(password);
  if (hashed.outcome === 'busy')
    throw new OAuthError('overloaded', { retryAfterSeconds: hashed.retryAfterSeconds });
  const { passwordHash } = hashed;
  const now = core.clock.nowSeconds();
  const mail = makeMail(core, account, { kind: 'password_changed', by: 'operator' }, now);
  await core.store.accounts.changePassword(account.id, { passwordHash, endsGrants, mail }, now);
  core.events.emit({
    type: 'account.password_changed',
    accountId: account.id,
    endsGrants,
    by: caller.id,
  });
  return empty(204);
}

/** For a user who lost it. Idempotent: 204, also if the account has none. */
export async function removeSecondFactor(
  core: Core,
  request: HttpRequest,
  caller: Client,
): Promise<HttpResponse> {
  const id = parseAddress(request, ['account_id']).get('account_id') ?? missing('account_id');
  const account = await loadKnown(core, id);
  const content = { kind: 'second_factor', change: 'removed', by: 'operator' } as const;
  const mail = makeMail(core, account, content, core.clock.nowSeconds());
  if (await core.store.secondFactors.remove(id, mail)) {
    const event = { accountId: id, by: caller.id };
    core.events.emit({ type: 'account.second_factor_removed', ...event });
  }
  return empty(204);
}
