/** Sets of addresses: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. */
import { BlockList, isIP } from 'node:net';

/**
 * Whether an address is in one of the networks. False for a text that is no address. An IPv4
 * address in IPv6 form counts as IPv4 (RFC 4291 §2.5.5.2).
 */
export type Networks = (address: string | undefined) => boolean;

/**
 * A set of addresses and networks: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. An empty set
 * contains no address.
 * @throws TypeError for a text that is neither an address nor a network
 */
export function createNetworks(networks: readonly string[]): Networks {
  // Two lists: in one, a rule for mapped addresses would match IPv4 as well.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const network of networks) {
    const [address = '', prefix, ...rest] = network.split('/');
    const family = familyOf(address);
    const longest = family === 'ipv4' ? 32 : 128;
    const bits =
      prefix === undefined ? longest : Number(/^\d{1,3}$/.exec(prefix)?.[0] ?? Number.NaN);
    if (family === undefined || !(bits <= longest) || rest.length > 0) {
      throw new TypeError(`${network}: neither an address nor a network.`);
    }
    lists[family].addSubnet(address, bits, family);
  }
  return (remote) => {
    const address = plainOf(remote ?? '');
    const family = familyOf(address);
    return family !== undefined && lists[family].check(address, family);
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const family = isIP(address);
  if (family === 0) return undefined;
  return family === 4 ? 'ipv4' : 'ipv6';
}

/**
 * A socket for both families gives an IPv4 address as `::ffff:192.0.2.7` (RFC 4291 §2.5.5.2), and a
 * proxy may give `::ffff:c000:207`. A local address has its interface at its end.
 */
function plainOf(address: string): string {
  const plain = address.replace(/%.*$/, '');
  const [, dotted, high, low] =
    /^(?:::|0:0:0:0:0:)ffff:(?:(\d+\.[\d.]+)|([\da-f]{1,4}):([\da-f]{1,4}))$/i.exec(plain) ?? [];
  if (high === undefined || low === undefined) return dotted ?? plain;
  const bytes = [high, low]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((n) => [n >> 8, n & 255]);
  return bytes.join('.');
}
