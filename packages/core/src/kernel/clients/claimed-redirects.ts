/** RFC 8252 §8.6: another application on the device could take the redirect URI of a client. */
import { isPublic } from '../sender-constraint/index.ts';
import type { Client } from '../../model/entities.ts';
import { isClaimable } from '../../rules/redirect-uri.ts';

/**
 * Whether what is sent to this address may reach somebody else than the client: so it never goes
 * without asking. A public client proves nothing about who it is. A secret that comes with a native
 * application is one that everybody can read (RFC 8252 §8.5).
 */
export function isClaimableOf(client: Client, redirectUri: string): boolean {
  return (client.kind === 'native' || isPublic(client)) && isClaimable(redirectUri);
}
