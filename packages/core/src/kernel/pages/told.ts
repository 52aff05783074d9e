/**
 * What the account page says has just been done. It travels in the address from the form to the page, sealed to the account that it
 * happened to: no link of somebody else makes the page say that something was taken back, or puts their words on it.
 */
import type { Core } from '../core.ts';
import type { HttpResponse } from '../http/message.ts';
import { redirect } from '../http/responses.ts';
import type { Account, Grant } from '../../model/entities.ts';
import type { AccountView } from '../../model/pages.ts';
import { sealValue, unsealValue } from '../sealing/sealed.ts';
export interface Told
  extends Pick<
    AccountView,
    'revoked' | 'withdrawn' | 'answered' | 'passwordChanged' | 'undone' | 'undoRefused'
  > {
  readonly taken?: TakenBack;
}

const purpose = 'told-on-account';

/** Back to the page, which says this. */
export function tellOnAccount(
  core: Core,
  { id }: Account,
  told: Told,
  cookies: readonly string[] = [],
): HttpResponse {
  return redirect(`${core.options.basePath}/account?told=${sealValue(core, purpose, told, id)}`, cookies);
}

export function readTold(core: Core, { id }: Account, sealed: string | undefined): Told {
  return (unsealValue(core, purpose, sealed, id) as Told | undefined) ?? {};
}

export interface TakenBack
  extends Pick<Grant, 'id' | 'clientId' | 'scopes' | 'declinedScopes' | 'audiences' | 'terms'> {
  readonly sessionId: string;
  /** Digest of the client as it was: one that has changed since then is not what the person knows. */
  readonly client: string;
  /** Seconds since 1970: from here on it stays as it is. */
  readonly until: number;
}
