/**
 * The notice of the account page about the last action. It is part of the address, sealed for the
 * account. So a foreign link cannot make the page claim an action, or show foreign text.
 */
import type { Core } from '../core.ts';
import type { HttpResponse } from '../http/message.ts';
import { redirect } from '../http/responses.ts';
import type { Account, Consent } from '../../model/entities.ts';
import type { AccountView } from '../../model/pages.ts';
import { sealValue, unsealValue } from '../sealing/sealed.ts';
export interface AccountNotice
  extends Pick<
    AccountView,
    | 'revoked'
    | 'withdrawn'
    | 'answered'
    | 'passwordChanged'
    | 'emailChanged'
    | 'undone'
    | 'undoRefused'
  > {
  readonly taken?: TakenBack;
}

const purpose = 'told-on-account';

/** The address of the account page with this notice. */
export function redirectToAccount(
  core: Core,
  { id }: Account,
  notice: AccountNotice,
  cookies: readonly string[] = [],
): HttpResponse {
  return redirect(
    `${core.options.basePath}/account?told=${sealValue(core, purpose, notice, id)}`,
    cookies,
  );
}

export function readNotice(core: Core, { id }: Account, sealed: string | undefined): AccountNotice {
  return (unsealValue(core, purpose, sealed, id) as AccountNotice | undefined) ?? {};
}

export interface TakenBack
  extends Pick<Consent, 'id' | 'clientId' | 'scopes' | 'declinedScopes' | 'audiences' | 'terms'> {
  readonly sessionId: string;
  /**
   * A digest of the client at that time. If the client has changed since then, the undo is refused.
   */
  readonly client: string;
  /** The end of the time for an undo, in seconds since 1970. */
  readonly until: number;
}
