/**
 * Path and query of the target of a request, unchanged. A target is a path or a whole address (RFC
 * 9112 §3.2.2). The host of such an address is not trusted, like the Host header.
 */
export function targetOf(named = '/'): string {
  if (named.startsWith('/')) return named;
  const end = named.indexOf('#');
  const address = end === -1 ? named : named.slice(0, end);
  const start = address.indexOf('/', address.indexOf('//') + 2);
  const query = address.indexOf('?');
  // An address may have no path. Then a `/` in its query does not begin one.
  if (query !== -1 && (start === -1 || query < start)) return `/${address.slice(query)}`;
  return start === -1 ? '/' : address.slice(start);
}
