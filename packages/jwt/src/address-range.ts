/**
 * Networks in CIDR notation (RFC 4632, RFC 4291 §2.3), read more strictly than in `networks.ts`.
 */
import { isIP } from 'node:net';

interface Address {
  readonly value: bigint;
  /** 32 or 128. */
  readonly width: number;
}

/**
 * Why a text is no network in CIDR notation (RFC 4632, RFC 4291 §2.3). Undefined if it is one.
 * Repairs nothing: bits after the prefix are a fault.
 */
export function refuseAddressRange(text: string): string | undefined {
  const range = parseRange(text);
  if (range === undefined) return 'must be a network like 10.0.0.0/8 or 2001:db8::/32';
  const { first, bits } = range;
  // RFC 4291 §2.5.5.2: the address of a caller over IPv4 is always its IPv4 address.
  if (first.width === 128 && first.value >> 32n === 0xffffn)
    return 'must be written as an IPv4 network';
  // With bits after the prefix, it would be unclear whether the network or one address is meant.
  const behind = BigInt(first.width - bits);
  if ((first.value >> behind) << behind === first.value) return undefined;
  return `has bits behind its prefix: write the network's first address, or /${first.width} for one address`;
}

function parseRange(text: string): { readonly first: Address; readonly bits: number } | undefined {
  const [, address = '', digits = ''] =
    /^([0-9a-fA-F.:]{2,45})\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const family = isIP(address);
  if (family === 0) return undefined;
  const first = family === 4 ? numberOfIpv4(address) : numberOfIpv6(address);
  const bits = Number(digits);
  return bits <= first.width ? { first, bits } : undefined;
}

function numberOfIpv4(text: string): Address {
  const value = text.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
  return { value, width: 32 };
}

function numberOfIpv6(text: string): Address {
  // The last two groups may be written as IPv4 (RFC 4291 §2.2).
  const dotted = /[\d.]+\.[\d.]+$/.exec(text)?.[0];
  const low = dotted === undefined ? undefined : numberOfIpv4(dotted).value;
  const plain =
    dotted === undefined || low === undefined
      ? text
      : `${text.slice(0, -dotted.length)}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  const [head = '', tail] = plain.split('::');
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  const groups = [...left, ...zeros, ...right];
  return {
    value: groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n),
    width: 128,
  };
}

function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}
