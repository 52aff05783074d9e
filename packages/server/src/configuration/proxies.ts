/** The proxies whose X-Forwarded-For header is trusted. */
import type { ConfigProblem } from '@keywright/core';
import { createNetworks, type Networks } from '@keywright/jwt';

/** Parses a list of addresses and CIDR blocks, and collects the entries that are neither. */
export function parseProxies(
  entries: readonly string[],
  problems: ConfigProblem[],
): Networks | undefined {
  if (entries.length === 0) return undefined;
  const known = entries.filter((entry, index) => {
    if (isProxies(entry)) return true;
    problems.push({
      path: `trusted_proxies[${index}]`,
      message: 'must be an address or a CIDR block, for example 10.0.0.0/8 or fd00::/8',
    });
    return false;
  });
  return createNetworks(known);
}

function isProxies(entry: string): boolean {
  // With a block of all addresses, every caller could choose its own address.
  if (/\/0+$/.test(entry)) return false;
  try {
    createNetworks([entry]);
    return true;
  } catch {
    return false;
  }
}
