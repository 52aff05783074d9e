/** A user removes the authenticator app. The recovery codes go with it. */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { makeMail } from '../../kernel/mail/mail.ts';
import { redirectToSecurity } from '../../kernel/pages/security.ts';
import { networkOf } from '../../rules/network.ts';
import { readChange } from './change.ts';

export async function handleTotpRemoval(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const asked = await readChange(core, request);
  if ('status' in asked) return asked;
  const { account } = asked;
  const network = networkOf(request.remoteAddress);
  const content = { kind: 'second_factor', change: 'removed', by: 'user', network } as const;
  const mail = makeMail(core, account, content, core.clock.nowSeconds());
  if (await core.store.secondFactors.remove(account.id, mail)) {
    const event = { accountId: account.id, network, by: 'user' };
    core.events.emit({ type: 'account.second_factor_removed', ...event });
  }
  return redirectToSecurity(core, account, { totpRemoved: true });
}
