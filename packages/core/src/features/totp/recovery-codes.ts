/** New recovery codes. They are shown once, in the answer to the form, and never in an address. */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { page, redirect } from '../../kernel/http/responses.ts';
import { digestOfRecoveryCode, newRecoveryCodes } from '../../kernel/accounts/second-factor.ts';
import { makeMail } from '../../kernel/mail/mail.ts';
import { securityPath } from '../../kernel/pages/security.ts';
import type { Account } from '../../model/entities.ts';
import { networkOf } from '../../rules/network.ts';
import { readChange } from './change.ts';

export async function handleRecoveryCodes(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const asked = await readChange(core, request);
  if ('status' in asked) return asked;
  const { account } = asked;
  const codes = newRecoveryCodes(core);
  const network = networkOf(request.remoteAddress);
  const content = {
    kind: 'second_factor',
    change: 'recovery_codes_replaced',
    by: 'user',
    network,
  } as const;
  const isReplaced = await core.store.secondFactors.replaceRecoveryCodes(
    account.id,
    codes.map((code) => digestOfRecoveryCode(account.id, code)),
    makeMail(core, account, content, core.clock.nowSeconds()),
  );
  if (!isReplaced) return redirect(core.options.basePath + securityPath);
  core.events.emit({ type: 'account.recovery_codes_replaced', accountId: account.id, network });
  const onward = core.options.basePath + securityPath;
  return renderRecoveryCodes(core, account, codes, { isNew: false, onward });
}

interface Shown {
  readonly isNew: boolean;
  /** The address of the page that follows. */
  readonly onward: string;
  readonly cookies?: readonly string[];
  readonly keepsOpener?: boolean;
}

export function renderRecoveryCodes(
  core: Core,
  { email }: Account,
  codes: readonly string[],
  { isNew, onward, ...how }: Shown,
): HttpResponse {
  return page(core.pages.recoveryCodes({ account: { email }, codes, isNew, onward }), how);
}
