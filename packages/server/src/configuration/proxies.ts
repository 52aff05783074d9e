/** The proxies whose word about the caller's address is believed. */
import type { ConfigProblem } from '@keywright/core';
import { createNetworks, type Networks } from '@keywright/jwt';

/** A list of addresses and CIDR blocks; notes those that are neither. */
export function parseProxies(entries: readonly string[], problems: ConfigProblem[]): Networks | undefined {
  if (entries.length === 0) return undefined;
  const known = entries.filter((entry, index) => {
    if (isProxies(entry)) return true;
    problems.push({
      path: `trusted_proxies[${index}]`,
      message: 'must be an address or a CIDR block, as 10.0.0.0/8 or fd00::/8',
    });
    return false;
  });
  return createNetworks(known);
}

function isProxies(entry: string): boolean {
  // A block of everything would let every caller choose its own address.
  if (/\/0+$/.test(entry)) return false;
  try {
    createNetworks([entry]);
    return true;
  } catch {
    return false;
  }
}
