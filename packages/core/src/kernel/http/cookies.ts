/**
 * Cookies of the server's own pages (RFC 6265). On https they carry the `__Host-` prefix: this host, Secure, and
 * `Path=/`. So the path of an issuer stands in the name: two issuers on one host must not take each other's cookies.
 */
import { digest } from '@keywright/jwt';
import type { ResolvedOptions } from '../policy/options.ts';
import { headerPart } from './header-value.ts';
import type { HttpRequest } from './message.ts';

export type CookieName = 'session' | 'browser' | 'known';

function wireName(name: CookieName, options: ResolvedOptions): string {
  const prefix = options.secure ? '__Host-' : '';
  // Digits and letters alone, whatever the path is made of.
  const suffix = options.basePath === '' ? '' : `-${digest(options.basePath).slice(0, 16)}`;
  return `${prefix}keywright-${name}${suffix}`;
}

/** The value, or undefined when absent or sent twice: then one of the two is not ours. */
export function readCookie(
  request: HttpRequest,
  name: CookieName,
  options: ResolvedOptions,
): string | undefined {
  const header = request.headers['cookie'];
  if (header === undefined) return undefined;
  const prefix = `${wireName(name, options)}=`;
  const found = header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(prefix));
  return found.length === 1 ? found[0]?.slice(prefix.length) : undefined;
}

/** `maxAgeSeconds` absent: until the browser closes. 0: delete. */
export function writeCookie(
  name: CookieName,
  value: string,
  options: ResolvedOptions,
  maxAgeSeconds?: number,
): string {
  const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
  // Lax, not Strict: the person arrives from the application's site, and the session must be seen there.
  // RFC 6265 §4.1.1: what a cookie's value may not hold.
  const pair = `${wireName(name, options)}=${headerPart(value, ' ;,"\\')}`;
  return `${pair}; Path=/; HttpOnly; SameSite=Lax${options.secure ? '; Secure' : ''}${age}`;
}
