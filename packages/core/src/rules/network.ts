/**
 * The network that limits count for an address: an IPv4 address itself, or the /64 of an IPv6
 * address.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  return `${expandIpv6(address).slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address without leading zeros, from any spelling. */
function expandIpv6(address: string): readonly string[] {
  const [head = '', tail = ''] = address.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) =>
    group.replace(/^0+(?=.)/, '').toLowerCase(),
  );
}

/**
 * The part of a total that one network may use, for the two wider networks of `networksAround`. An
 * operator that gives many networks to one customer must leave room for others.
 */
export const sharesOfWider = [1 / 4, 1 / 2] as const;

/**
 * The networks that contain an address, from `networkOf` to the network of an operator: /24 and
 * /16, or /48 and /32.
 */
export function networksAround(address: string): readonly string[] {
  const network = networkOf(address);
  const isIpv6 = network.includes(':');
  const parts = isIpv6 ? network.replace('::/64', '').split(':') : network.split('.');
  const wider = (count: number) => parts.slice(0, count).join(isIpv6 ? ':' : '.');
  return [network, `${wider(3)}/`, `${wider(2)}/`];
}
