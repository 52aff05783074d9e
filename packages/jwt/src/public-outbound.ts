/** The guarded outbound client for addresses that somebody else chose (server-side request forgery). */
import { lookup as dnsLookup } from 'node:dns';
import { createOutboundWithin, type Outbound, type OutboundOptions } from './outbound.ts';
import { assertPublicLiteral, createPublicLookup, type Lookup } from './public-lookup.ts';

export interface PublicOutboundOptions extends OutboundOptions {
  /** How names are resolved; `dns.lookup` by default. */
  readonly lookup?: Lookup;
}

/** Every address that a name has must be public, and the connection goes to the very address that was checked. */
export function createPublicOutbound({
  lookup = dnsLookup,
  ...options
}: PublicOutboundOptions = {}): Outbound {
  return createOutboundWithin(
    { lookup: createPublicLookup(lookup), assertLiteral: assertPublicLiteral },
    options,
  );
}
