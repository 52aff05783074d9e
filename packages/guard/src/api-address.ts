/**
 * Where this API is, as its clients know it: held against proofs, and published. Never put together
 * from the Host header.
 */
import type { Presented } from './presented.ts';

export interface ApiAddress {
  /** What stands before the target of each request. */
  readonly base: string;
  /** The address of a request, without query. */
  of(presented: Presented): string;
}

/** Undefined where neither is an http(s) address. */
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

/** Nobody is on the line: over TLS, or on this very host. */
export function isPrivateLine({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || loopbackHosts.has(hostname);
}

/**
 * What an issuer is asked with a secret, or for keys, is asked over TLS where the issuer itself is.
 */
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
