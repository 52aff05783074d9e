/**
 * The guarded outbound client for addresses that somebody else chose (server-side request forgery).
 */
import { lookup as dnsLookup } from 'node:dns';
import { createNameResolver } from './name-resolver.ts';
import type { Networks } from './networks.ts';
import { createOutboundWithin, type Outbound, type OutboundOptions } from './outbound.ts';
import { assertPublicLiteral, createPublicLookup, type Lookup } from './public-lookup.ts';

/** The limits of a client for addresses that somebody else chose. */
export interface PublicOutboundOptions extends OutboundOptions {
  /**
   * How names are resolved. Default: by name servers, or by `dns.lookup` if networks are opened,
   * because a hosts file may name their machines.
   */
  readonly lookup?: Lookup;
  /**
   * Networks that may be reached although they are not public. Default: none, because the author of
   * an address could otherwise explore them.
   */
  readonly opened?: Networks | undefined;
}

/**
 * Makes a client for addresses that somebody else chose (server-side request forgery). Every
 * address of a name must be public, or opened. The connection uses the address that was checked.
 *
 * Rejects with OutboundError `address_refused` for all others.
 * @throws TypeError for an invalid limit
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
