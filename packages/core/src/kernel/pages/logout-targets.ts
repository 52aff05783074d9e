/** The clients that a session has signed in. Only clients that must learn of its end are stored. */
import { subjectOf } from '../accounts/subject.ts';
import type { Core } from '../core.ts';
import { sidFor } from '../tokens/sid.ts';
import type { SignedIn } from './session.ts';
import type { Client } from '../../model/entities.ts';

/**
 * This happens before the client gets its answer. So the client learns of the end of every sign-in
 * that it knows.
 */
export async function keepTarget(
  core: Core,
  client: Client,
  { session, account }: SignedIn,
): Promise<void> {
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
