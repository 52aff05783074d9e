/** The address of the caller: from the socket, or from a trusted proxy. */
import { isIP } from 'node:net';
import type { Networks } from '@keywright/jwt';

/** `::ffff:192.0.2.1` is the IPv4 caller of a dual-stack socket (RFC 4291 §2.5.5.2). */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** Removes the port that some proxies add: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(entry);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  return /^[\d.]+:\d+$/.test(entry) ? entry.slice(0, entry.indexOf(':')) : entry;
}

export function isFromProxy(socketAddress: string, proxies: Networks | undefined): boolean {
  return proxies?.(plain(socketAddress)) === true;
}

/**
 * The right-most address of X-Forwarded-For that is not a trusted proxy. The caller wrote
 * everything left of it. If the socket is not a trusted proxy, the header is not read.
 */
export function resolveRemoteAddress(
  socketAddress: string,
  forwardedFor: string | undefined,
  proxies: Networks | undefined,
): string {
  let address = plain(socketAddress);
  if (proxies === undefined || forwardedFor === undefined || !proxies(address)) return address;
  for (const entry of forwardedFor.split(',').reverse()) {
    const hop = plain(withoutPort(entry.trim()));
    // The value is not an address, so the last known hop is used.
    if (isIP(hop) === 0) return address;
    address = hop;
    if (!proxies(address)) return address;
  }
  return address;
}
