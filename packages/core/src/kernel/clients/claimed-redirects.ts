/** RFC 8252 §8.6: another application on the device could take the redirect URI of a client. */
import { isPublic } from '../sender-constraint/index.ts';
import type { Client } from '../../model/entities.ts';
import { isClaimable } from '../../rules/redirect-uri.ts';

/**
 * Whether an answer to this address may reach another program than the client. Such an address
 * needs consent each time. A public client does not prove who it is. The secret of a native
 * application can be read by anyone who has the application (RFC 8252 §8.5).
 */
export function isClaimableOf(client: Client, redirectUri: string): boolean {
  return (client.kind === 'native' || isPublic(client)) && isClaimable(redirectUri);
}
