/** From Node's request line and headers to core's: nothing merged in silence, nothing decoded. */

/**
 * Headers by lower-case name. Node drops or keeps the first of some repeated ones; here every value stays, joined with
 * ", " (cookies with "; "), so that core sees two Authorization or Content-Type headers as the nonsense they are.
 */
export function readHeaders(raw: readonly string[]): Record<string, string | undefined> {
  // No prototype: a header named `constructor` or `__proto__` is only a header.
  const headers: Record<string, string | undefined> = Object.create(null) as Record<string, undefined>;
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase();
    const value = raw[index + 1] as string;
    const former = headers[name];
    if (former === undefined) headers[name] = value;
    else headers[name] = `${former}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

export interface Target {
  readonly path: string;
  readonly query: string;
}

/** Path and query of a request target in origin or absolute form (RFC 9112 §3.2); undefined for any other. */
export function parseTarget(url: string): Target | undefined {
  let from = 0;
  if (url.charCodeAt(0) !== 47) {
    const scheme = /^https?:\/\/[^/?#]+/i.exec(url);
    if (scheme === null) return undefined;
    from = scheme[0].length;
  }
  const mark = url.indexOf('?', from);
  const path = mark < 0 ? url.slice(from) : url.slice(from, mark);
  return { path: path === '' ? '/' : path, query: mark < 0 ? '' : url.slice(mark + 1) };
}
