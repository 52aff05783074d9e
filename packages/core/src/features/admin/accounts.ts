/**
 * Accounts through the administrators' door: list, read, disable, enable; and, by a scope of its
 * own, a new password. Making one is for the command line.
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

/** One by `account_id` or by `email`, or all, page by page. */
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

/** Nothing of the password, and of other claims only what everybody has. */
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

/** Idempotent: 204, also when it was disabled before. Its sessions, grants and tokens end. */
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

/** Idempotent: 204, also when it was not disabled. Nothing of what was ended comes back. */
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
 * Its sessions end, and all tokens without `offline_access`; with `end_grants` also what it
 * granted. Anyone who may do this may sign in as anybody: hence the scope of its own.
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
  const hashed = await core.accounts.hashPassword(account.email, requireText(body, 'password'));
  if (hashed.outcome === 'refused') throw wrong(`password ${hashed.problem}.`);
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

/** For a user who lost it. Idempotent: 204, also when the account has none. */
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
