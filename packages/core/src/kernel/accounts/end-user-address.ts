/**
 * Where a person is who types a password into an application of the operator's own. A request comes from the application's server then, and
 * all of its users would be counted as one network: so the server may say which address each of them has, by the header that FAPI 1.0
 * (Part 1, §6.2.2) has for it. It is believed of a first-party client that authenticated, and of nobody else: anybody could make up addresses.
 */
import { createNetworks } from '@keywright/jwt';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Client } from '../../model/entities.ts';

export const endUserAddressHeader = 'x-fapi-customer-ip-address';

const isAddress = createNetworks(['0.0.0.0/0', '::/0']);

/** Who asks for a password to be checked. */
export interface Asking {
  readonly address: string;
  /** The client that asks for its user. */
  readonly server?: string;
  /** The address is that of the client's server, which has not said where its user is. */
  readonly isOfServer?: boolean;
}

/** For a client that was authenticated, or is public. Throws parameter_malformed for a header that is no address. */
export function askingOf(client: Client, { headers, remoteAddress }: HttpRequest): Asking {
  const isOwnServer = client.trust === 'first-party' && !client.authenticationMethods.includes('none');
  if (!isOwnServer) return { address: remoteAddress };
  const address = headers[endUserAddressHeader]?.trim();
  if (address === undefined) return { address: remoteAddress, server: client.id, isOfServer: true };
  if (!isAddress(address))
    throw new OAuthError('parameter_malformed', {
      description: `${endUserAddressHeader} must be one IPv4 or IPv6 address.`,
    });
  return { address, server: client.id };
}
