/**
 * Resolves names to public addresses only, for addresses that somebody else chose (server-side
 * request forgery).
 */
import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Networks } from './networks.ts';
import { OutboundError } from './outbound-error.ts';
import { isPublicAddress } from './public-address.ts';

/** Resolves a name to all of its addresses, as `dns.lookup` does. */
export type Lookup = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Public, or in a network that the operator opened by name. */
function mayBeReached(address: string, opened: Networks | undefined): boolean {
  return isPublicAddress(address) || opened?.(address) === true;
}

/**
 * A literal address is never looked up, so it is checked here. URL has already converted decimal,
 * octal and hex forms.
 */
export function assertPublicLiteral(url: URL, opened?: Networks): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !mayBeReached(host, opened)) throw privateAddress(host);
}

function privateAddress(host: string): OutboundError {
  return new OutboundError('address_refused', `${host} is not a public address.`);
}

/**
 * The connection uses the addresses that this returns. So a name that changes between check and use
 * (rebinding) has no effect.
 */
export function createPublicLookup(lookup: Lookup, opened?: Networks): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const first = found[0];
      if (first === undefined || !found.every((one) => mayBeReached(one.address, opened))) {
        return callback(privateAddress(hostname), []);
      }
      return options.all === true
        ? callback(null, found)
        : callback(null, first.address, first.family);
    });
  };
}
