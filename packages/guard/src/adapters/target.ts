/**
 * Path and query of what a request names, as they stand there: a request names the path alone, or a
 * whole address (RFC 9112 §3.2.2), whose host is then as little to be believed as the Host header.
 */
export function targetOf(named = '/'): string {
  if (named.startsWith('/')) return named;
  const end = named.indexOf('#');
  const address = end === -1 ? named : named.slice(0, end);
  const start = address.indexOf('/', address.indexOf('//') + 2);
  const query = address.indexOf('?');
  // An address may have no path: then a `/` of its query is none either.
  if (query !== -1 && (start === -1 || query < start)) return `/${address.slice(query)}`;
  return start === -1 ? '/' : address.slice(start);
}
