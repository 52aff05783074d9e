/**
 * Path and query of what a request names, as they stand there: a request names the path alone, or a whole address
 * (RFC 9112 §3.2.2), whose host is then as little to be believed as the Host header.
 */
export function targetOf(named = '/'): string {
  if (named.startsWith('/')) return named;
  const start = named.indexOf('/', named.indexOf('//') + 2);
  const end = named.indexOf('#');
  return start === -1 ? '/' : named.slice(start, end === -1 ? undefined : end);
}
