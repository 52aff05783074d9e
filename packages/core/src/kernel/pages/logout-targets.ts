/** Which clients a session has signed in: kept for those alone that are to be told of its end. */
import { digest } from '@keywright/jwt';
import { subjectOf } from '../accounts/subject.ts';
import type { Core } from '../core.ts';
import type { SignedIn } from './session.ts';
import type { Client } from '../../model/entities.ts';

/** Whether the client has an address at which it is to be told when a sign-in ends. */
export function isTold({ options }: Pick<Core, 'options'>, { settings }: Client): boolean {
  if (!options.features.logout || settings === undefined) return false;
  return settings.backchannelLogoutUri !== undefined || settings.frontchannelLogoutUri !== undefined;
}

/**
 * `sid`: what the client calls this sign-in (Front-Channel Logout §3, Back-Channel Logout §2.1). Undefined for a client that is not told
 * of its end, and so needs no name for it.
 */
export function sidFor(
  core: Pick<Core, 'options'>,
  client: Client,
  sessionId: string | undefined,
): string | undefined {
  if (sessionId === undefined || !isTold(core, client)) return undefined;
  // Another name for each client, so that two of them cannot tell by it that they serve one browser.
  return digest(`sid ${client.id} ${sessionId}`).slice(0, 22);
}

/** Before the client is answered: a sign-in that it knows of is never one whose end it would not hear of. */
export async function keepTarget(core: Core, client: Client, { session, account }: SignedIn): Promise<void> {
  const sid = sidFor(core, client, session.id);
  if (sid === undefined) return;
  await core.store.logouts.add({
    sessionId: session.id,
    clientId: client.id,
    sid,
    accountId: account.id,
    subject: subjectOf(core, client, account.id),
    expiresAt: session.expiresAt,
  });
}
