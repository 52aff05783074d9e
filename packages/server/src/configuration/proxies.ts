/** The proxies whose word about the caller's address is believed. */
import { BlockList, isIP } from 'node:net';
import type { ConfigProblem } from '@keywright/core';

/** A list of addresses and CIDR blocks; notes those that are neither. */
export function parseProxies(entries: readonly string[], problems: ConfigProblem[]): BlockList | undefined {
  if (entries.length === 0) return undefined;
  const list = new BlockList();
  for (const [index, entry] of entries.entries()) {
    if (!addTo(list, entry)) {
      problems.push({
        path: `trusted_proxies[${index}]`,
        message: 'must be an address or a CIDR block, as 10.0.0.0/8 or fd00::/8',
      });
    }
  }
  return list;
}

function addTo(list: BlockList, entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (prefix === undefined) {
    list.addAddress(address, family);
    return true;
  }
  // A block of everything would let every caller choose its own address.
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) < 1 || Number(prefix) > (version === 4 ? 32 : 128))
    return false;
  list.addSubnet(address, Number(prefix), family);
  return true;
}
