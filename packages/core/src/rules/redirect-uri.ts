/**
 * Redirect URIs: exact strings (RFC 9700 §2.1, OAuth 2.1 §2.3.1). The one exception is the port of a loopback address
 * of a native client (RFC 8252 §7.3), or of `localhost`: §8.3 advises against that name, and well-known clients of the command line
 * register it all the same and take a free port. The host must be the registered one; nothing else varies. There are no patterns.
 */
import { hasPlainHost } from './web-address.ts';

const loopbackHosts = new Set(['127.0.0.1', '[::1]']);
const localHosts = new Set([...loopbackHosts, 'localhost']);
/** Longer ones would not fit into a Location header beside the parameters of an answer. */
const longestUri = 2000;
// Schemes that a browser runs, reads or treats as its own: never a redirect target (ASVS 10.4.7).
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

/** Why a redirect URI cannot be registered, in one sentence; undefined when it can. */
export function refuseRedirectUri(uri: string, redirects: 'https' | 'native' | 'none'): string | undefined {
  if (uri.length > longestUri) return `must have at most ${longestUri} characters`;
  if (redirects === 'none') return 'this kind of client has no redirect URIs; remove it';
  if (/[^\x21-\x7e]|[\\<>"`{}|^*]/.test(uri))
    return 'has characters that a URI must percent-encode (or a wildcard)';
  const url = URL.parse(uri);
  if (url === null) return 'is not an absolute URI';
  // RFC 9110 §4.2: parsers put in what is missing, and a browser at our own page reads `https:/host/x` as a path of our own host.
  if (/^https?:(?!\/\/[^/?#])/i.test(uri)) return 'must have // and a host after its scheme';
  // RFC 3986 §3.2.2: what a URL parser lets stand there besides could end a header's part (a content policy of ours).
  if (!hasPlainHost(uri)) return 'must have a host of letters, digits, dots and hyphens, or an IP address';
  if (uri.includes('#')) return 'must not have a fragment (RFC 6749 §3.1.2)';
  if (url.username !== '' || url.password !== '') return 'must not carry a user name';
  if (/(^|\/)(\.|%2e){1,2}(\/|$|[?])/i.test(uri.split('?')[0] ?? '')) return 'must not have dot segments';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:')
    return localHosts.has(url.hostname)
      ? undefined
      : 'must use https; http is for localhost and loopback addresses only';
  if (forbiddenSchemes.has(url.protocol)) return `must not use ${url.protocol}`;
  if (redirects !== 'native') return 'must use https; private-use schemes are for native clients';
  // RFC 8252 §7.1: a private-use scheme is a reversed domain name, so it has a dot.
  return url.protocol.includes('.')
    ? undefined
    : 'must use a scheme that is a reversed domain name (com.example.app:)';
}

/** The registered URI that the requested one equals, by RFC 8252 §7.3 with any port on a native client's loopback address. */
export function matchRedirectUri(requested: string, registered: readonly string[], native: boolean): boolean {
  if (registered.includes(requested)) return true;
  if (!native) return false;
  const bare = withoutLoopbackPort(requested);
  return bare !== undefined && registered.some((uri) => withoutLoopbackPort(uri) === bare);
}

// Textual on purpose: a URL parser would normalise what must be compared as it is written.
const loopbackUri = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([0-9]{1,5}))?((?:\/[^#\\]*)?)$/;

function withoutLoopbackPort(uri: string): string | undefined {
  const parts = loopbackUri.exec(uri);
  if (parts === null) return undefined;
  const port = parts[2] === undefined ? 80 : Number(parts[2]);
  return port > 0 && port < 65_536 ? `${parts[1]} ${parts[3]}` : undefined;
}

/** Whether anybody on the same machine could take this URI over: then consent is never silent (RFC 8252 §8.6). */
export function isClaimable(uri: string): boolean {
  return !uri.startsWith('https:');
}
