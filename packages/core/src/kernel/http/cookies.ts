/**
 * Cookies of the pages (RFC 6265). On https they have the `__Host-` prefix: only this host, Secure,
 * and `Path=/`. So the path of the issuer is part of the name, because two issuers on one host must
 * not read each other's cookies.
 */
import { digest } from '@keywright/jwt';
import type { ResolvedOptions } from '../policy/options.ts';
import { headerPart } from './header-value.ts';
import type { HttpRequest } from './message.ts';

export type CookieName = 'session' | 'browser' | 'known';

function wireName(name: CookieName, options: ResolvedOptions): string {
  const prefix = options.secure ? '__Host-' : '';
  // Only digits and letters, for any path.
  const suffix = options.basePath === '' ? '' : `-${digest(options.basePath).slice(0, 16)}`;
  return `${prefix}keywright-${name}${suffix}`;
}

/**
 * The value, or undefined if it is absent or was sent twice, because then one of the two is
 * foreign.
 */
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
  // Lax, not Strict, because the user comes from the site of the application, and the session must
  // be sent. RFC 6265 §4.1.1: characters that a value cannot have.
  const pair = `${wireName(name, options)}=${headerPart(value, ' ;,"\\')}`;
  return `${pair}; Path=/; HttpOnly; SameSite=Lax${options.secure ? '; Secure' : ''}${age}`;
}
