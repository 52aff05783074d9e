/**
 * The guarded outbound client for addresses that somebody else chose (server-side request forgery).
 */
import { lookup as dnsLookup } from 'node:dns';
import { createNameResolver } from './name-resolver.ts';
import type { Networks } from './networks.ts';
import { createOutboundWithin, type Outbound, type OutboundOptions } from './outbound.ts';
import { assertPublicLiteral, createPublicLookup, type Lookup } from './public-lookup.ts';

/** The bounds of a client for addresses that somebody else chose. */
export interface PublicOutboundOptions extends OutboundOptions {
  /**
   * How names are resolved: by asking name servers, or by `dns.lookup` where networks are opened,
   * since a hosts file may name what is there.
   */
  readonly lookup?: Lookup;
  /**
   * Networks that may be reached although they are not public. None by default: whoever names an
   * address could otherwise look around in them.
   */
  readonly opened?: Networks | undefined;
}

/**
 * Makes a client for addresses that somebody else chose (server-side request forgery). Every
 * address that a name has must be public, or opened, and the connection goes to the very address
 * that was checked.
 *
 * Rejects with OutboundError `address_refused` for all others.
 * @throws TypeError for a bound that is none
 * @example
 * ```ts
 * import { createPublicOutbound } from '@keywright/jwt';
 *
 * const outbound = createPublicOutbound();
 * const { body } = await outbound.fetchJson('https://app.example.org/client.json');
 * console.log(body);
 * ```
 */
export function createPublicOutbound({
  opened,
  lookup = opened === undefined ? createNameResolver() : dnsLookup,
  ...options
}: PublicOutboundOptions = {}): Outbound {
  return createOutboundWithin(
    {
      lookup: createPublicLookup(lookup, opened),
      assertLiteral: (url) => assertPublicLiteral(url, opened),
    },
    options,
  );
}
