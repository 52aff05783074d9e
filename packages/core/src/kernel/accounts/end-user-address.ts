/**
 * The address of a user who types a password into an application of the operator. The request comes
 * from the server of the application, so all its users would count as one network. So this server
 * may send the address of each user, in the header of FAPI 1.0 (Part 1, §6.2.2). The header is
 * trusted only from a first-party client that authenticated, because anybody could invent
 * addresses.
 */
import { createNetworks } from '@keywright/jwt';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Client } from '../../model/entities.ts';

export const endUserAddressHeader = 'x-fapi-customer-ip-address';

const isAddress = createNetworks(['0.0.0.0/0', '::/0']);

/** The caller of a password check. */
export interface Asking {
  readonly address: string;
  /** The client that sends the password of its user. */
  readonly server?: string;
  /**
   * The address belongs to the server of the client, which did not send the address of its user.
   */
  readonly isOfServer?: boolean;
}

/**
 * For a client that was authenticated, or is public. Throws parameter_malformed if the header is
 * not an address.
 */
export function askingOf(client: Client, { headers, remoteAddress }: HttpRequest): Asking {
  const isOwnServer =
    client.trust === 'first-party' && !client.authenticationMethods.includes('none');
  if (!isOwnServer) return { address: remoteAddress };
  const address = headers[endUserAddressHeader]?.trim();
  if (address === undefined) return { address: remoteAddress, server: client.id, isOfServer: true };
  if (!isAddress(address))
    throw new OAuthError('parameter_malformed', {
      description: `${endUserAddressHeader} must be one IPv4 or IPv6 address.`,
    });
  return { address, server: client.id };
}
