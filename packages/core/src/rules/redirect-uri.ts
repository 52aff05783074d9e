/**
 * Redirect URIs: exact strings (RFC 9700 §2.1, OAuth 2.1 §2.3.1). The only exception is the port of
 * a loopback address of a native client (RFC 8252 §7.3), or of `localhost`. §8.3 advises against
 * that name, but well-known command line clients register it and use a free port. The host must be
 * the registered one. There are no patterns.
 */
import { hasPlainHost } from './web-address.ts';

const loopbackHosts = new Set(['127.0.0.1', '[::1]']);
const localHosts = new Set([...loopbackHosts, 'localhost']);
/** Longer ones do not fit into a Location header with the parameters of an answer. */
const longestUri = 2000;
// Schemes that a browser executes, reads or uses for itself. Never a redirect target (ASVS 10.4.7).
const forbiddenSchemes = new Set([
  'javascript:',
  'data:',
  'vbscript:',
  'file:',
  'blob:',
  'about:',
  'ftp:',
  'ws:',
  'wss:',
]);

/** Says in one sentence why a redirect URI cannot be registered. Undefined if it can. */
export function refuseRedirectUri(
  uri: string,
  redirects: 'https' | 'native' | 'none',
): string | undefined {
  if (uri.length > longestUri) return `must have at most ${longestUri} characters`;
  if (redirects === 'none') return 'this kind of client has no redirect URIs; remove it';
  if (/[^\x21-\x7e]|[\\<>"`{}|^*]/.test(uri))
    return 'has characters that a URI must percent-encode (or a wildcard)';
  const url = URL.parse(uri);
  if (url === null) return 'is not an absolute URI';
  // RFC 9110 §4.2: parsers add missing parts. On a page of this server, a browser reads
  // `https:/host/x` as a path of this server.
  if (/^https?:(?!\/\/[^/?#])/i.test(uri)) return 'must have // and a host after its scheme';
  // RFC 3986 §3.2.2: other characters that a URL parser accepts could end a part of a header (the
  // content policy).
  if (!hasPlainHost(uri))
    return 'must have a host of letters, digits, dots and hyphens, or an IP address';
  if (uri.includes('#')) return 'must not have a fragment (RFC 6749 §3.1.2)';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name';
  if (/(^|\/)(\.|%2e){1,2}(\/|$|[?])/i.test(uri.split('?')[0] ?? ''))
    return 'must not have dot segments';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:')
    return localHosts.has(url.hostname)
      ? undefined
      : 'must use https; http is for localhost and loopback addresses only';
  if (forbiddenSchemes.has(url.protocol)) return `must not use ${url.protocol}`;
  if (redirects !== 'native') return 'must use https; private-use schemes are for native clients';
  // RFC 8252 §7.1: a private-use scheme is a reversed domain name, so it contains a dot.
  return url.protocol.includes('.')
    ? undefined
    : 'must use a scheme that is a reversed domain name (com.example.app:)';
}

/**
 * The registered URI that equals the requested one. By RFC 8252 §7.3 with any port on a loopback
 * address of a native client.
 */
export function matchRedirectUri(
  requested: string,
  registered: readonly string[],
  native: boolean,
): boolean {
  if (registered.includes(requested)) return true;
  if (!native) return false;
  const bare = withoutLoopbackPort(requested);
  return bare !== undefined && registered.some((uri) => withoutLoopbackPort(uri) === bare);
}

// Compares text on purpose, because a URL parser would normalise it.
const loopbackUri = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([0-9]{1,5}))?((?:\/[^#\\]*)?)$/;

function withoutLoopbackPort(uri: string): string | undefined {
  const parts = loopbackUri.exec(uri);
  if (parts === null) return undefined;
  const port = parts[2] === undefined ? 80 : Number(parts[2]);
  return port > 0 && port < 65_536 ? `${parts[1]} ${parts[3]}` : undefined;
}

/**
 * Whether another program on the machine could take over this URI. Then consent is never silent
 * (RFC 8252 §8.6).
 */
export function isClaimable(uri: string): boolean {
  return !uri.startsWith('https:');
}
