/**
 * The address of this API as its clients know it. Proofs are compared with it, and it is published.
 * It is never made from the Host header.
 */
import type { Presented } from './presented.ts';

export interface ApiAddress {
  /** The part before the target of each request. */
  readonly base: string;
  /** The address of a request, without query. */
  of(presented: Presented): string;
}

/** Undefined if neither is an http(s) address. */
export function createApiAddress(
  baseUrl: string | undefined,
  audience: string,
): ApiAddress | undefined {
  const base = baseUrl === undefined ? webAddressOf(audience)?.origin : baseUrl.replace(/\/$/, '');
  if (base === undefined) return undefined;
  return { base, of: (presented) => base + pathOf(presented.target) };
}

export function webAddressOf(text: string): URL | undefined {
  const url = URL.parse(text);
  return url !== null && ['https:', 'http:'].includes(url.protocol) ? url : undefined;
}

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether nobody can read the traffic: it uses TLS or stays on this host. */
export function isPrivateLine({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || loopbackHosts.has(hostname);
}

/** Requests to an issuer for keys, or with a secret, use TLS if the issuer does. */
export function isAsSecure(url: string, issuer: string): boolean {
  const protocol = URL.parse(url)?.protocol;
  return protocol === 'https:' || (protocol === 'http:' && issuer.startsWith('http:'));
}

/**
 * The path of a target: without query, and without the origin that a proxy may put there (RFC 9112
 * §3.2.2).
 */
export function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
  return path.startsWith('/') ? path : `/${path}`;
}
