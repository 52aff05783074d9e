/**
 * OpenID Connect Registration §5: hosts share a sector only if an address of the sector says so.
 */
import type { Core } from '../../core.ts';
import { OAuthError } from '../../../model/errors.ts';
import { waitOutside } from '../../limits/external-waits.ts';
import { takeOfHost } from '../../limits/hosts.ts';
import type { Client } from '../../../model/entities.ts';

const maxBytes = 64 * 1024;

/**
 * §5: "The values registered in redirect_uris MUST be included in the elements of the array, or
 * registration MUST fail." Throws client_metadata_invalid, also if the address cannot be read, and
 * throttled.
 */
export async function assertSector(
  core: Pick<Core, 'outbound' | 'hostLimits' | 'externalWaits'>,
  client: Client,
): Promise<void> {
  const address = client.settings?.sectorIdentifierUri;
  if (address === undefined) return;
  const { outbound } = core;
  if (outbound !== undefined) takeOfHost(core, client, address);
  const listed =
    outbound === undefined
      ? undefined
      : await waitOutside(core.externalWaits, fetchList(outbound, address));
  if (listed === undefined) throw refused('cannot be read as a list of redirect URIs');
  if (!client.redirectUris.every((uri) => listed.includes(uri)))
    throw refused('does not list every redirect URI');
}

async function fetchList(
  outbound: NonNullable<Core['outbound']>,
  address: string,
): Promise<readonly unknown[] | undefined> {
  try {
    const { text } = await outbound.send(address, { accept: 'application/json', maxBytes });
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    // The cause is not in the answer. Otherwise, a caller could explore other networks with it.
    return undefined;
  }
}

function refused(what: string): OAuthError {
  return new OAuthError('client_metadata_invalid', {
    description: `sector_identifier_uri ${what}`,
  });
}
