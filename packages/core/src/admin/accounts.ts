/** Accounts through the administrators' door: list, read, disable. Making one needs its password, and is for the command line. */
import { answerList, pageParameters, parseAddress } from '../access/listing.ts';
import { missing } from '../access/members.ts';
import type { Core } from '../core.ts';
import { OAuthError } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { empty, json } from '../http/responses.ts';
import type { Account, Client } from '../model.ts';

/** One by `account_id` or by `email`, or all, page by page. */
export async function listAccounts(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseAddress(request, ['account_id', 'email', ...pageParameters]);
  const [id, email] = [parameters.get('account_id'), parameters.get('email')];
  if (id !== undefined) return json(renderAccount(await core.store.accounts.load(id)));
  if (email !== undefined)
    return json(renderAccount(await core.store.accounts.loadByEmailKey(core.accounts.emailKey(email))));
  return answerList(core, parameters, ['accounts'], {
    name: 'accounts',
    load: (paging) => core.store.accounts.list(paging),
    render: renderAccount,
  });
}

/** Nothing of the password, and of other claims only what everybody has. */
function renderAccount(account: Account | undefined) {
  if (account === undefined)
    throw new OAuthError('object_unknown', { description: 'There is no such account.' });
  const { id, email, emailVerified, name, status, createdAt } = account;
  return { account_id: id, email, email_verified: emailVerified, name, status, created_at: createdAt };
}

/** Idempotent: 204, also when it was disabled before. Its sessions, grants and tokens end. */
export async function disableAccount(
  core: Core,
  request: HttpRequest,
  caller: Client,
): Promise<HttpResponse> {
  const id = parseAddress(request, ['account_id']).get('account_id') ?? missing('account_id');
  const account = await core.store.accounts.load(id);
  if (account === undefined)
    throw new OAuthError('object_unknown', { description: 'There is no such account.' });
  await core.store.accounts.disable(id, core.clock.nowSeconds());
  if (account.status === 'active')
    core.events.emit({ type: 'account.disabled', accountId: id, by: caller.id });
  return empty(204);
}
