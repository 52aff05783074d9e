/** `sid`: the name of a sign-in for one client. Only clients that learn of its end have one. */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import type { Client } from '../../model/entities.ts';

/** Whether the client has an address that is called when a sign-in ends. */
export function isNotifiedOfEnd({ options }: Pick<Core, 'options'>, { settings }: Client): boolean {
  if (!options.features.logout || settings === undefined) return false;
  return (
    settings.backchannelLogoutUri !== undefined || settings.frontchannelLogoutUri !== undefined
  );
}

/**
 * `sid`: the name of this sign-in for the client (Front-Channel Logout §3, Back-Channel Logout
 * §2.1). Undefined for a client that does not learn of the end.
 */
export function sidFor(
  core: Pick<Core, 'options'>,
  client: Client,
  sessionId: string | undefined,
): string | undefined {
  if (sessionId === undefined || !isNotifiedOfEnd(core, client)) return undefined;
  // The name differs for each client. Otherwise two clients could learn that they serve the same
  // browser.
  return digest(`sid ${client.id} ${sessionId}`).slice(0, 22);
}
