/**
 * Converts Node's request line and headers to core's. Nothing is merged silently, and nothing is
 * decoded.
 */

import { headersRead } from '@keywright/core';
import { BoundedMap } from '@keywright/jwt';

const ownHeaders = [
  'host',
  'content-length',
  'transfer-encoding',
  'expect',
  'x-forwarded-for',
  'traceparent',
  'tracestate',
] as const;
const wanted: ReadonlySet<string> = new Set([...headersRead, ...ownHeaders]);

/**
 * The header for each spelling that was seen. '' for a header that nobody reads. Callers use few
 * spellings.
 */
const spellings = new BoundedMap<string, string>(500);

function headerOf(spelling: string): string {
  const known = spellings.get(spelling);
  if (known !== undefined) return known;
  const name = spelling.toLowerCase();
  const header = wanted.has(name) ? name : '';
  spellings.set(spelling, header);
  return header;
}

export type RequestHeaders = Record<string, string | undefined>;

/**
 * Headers by lower-case name, only those that core or the HTTP layer reads. Node drops some
 * repeated headers or keeps the first. Here every value stays, joined with ", " (cookies with ";
 * "), so that core sees that Authorization or Content-Type was sent twice.
 */
export function readHeaders(raw: readonly string[]): RequestHeaders {
  const headers: RequestHeaders = {};
  for (let index = 0; index < raw.length; index += 2) {
    const name = headerOf(raw[index] as string);
    if (name === '') continue;
    const value = raw[index + 1] as string;
    const former = headers[name];
    if (former === undefined) headers[name] = value;
    else headers[name] = `${former}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

// Two values were joined with a space, which a host cannot contain.
const host = /^[\w.~!$&'()*+,;=%:[\]-]*$/;

/** RFC 9112 §3.2: at most one Host, with or without a port, or empty. HTTP/1.0 has no Host. */
export function isHostReadable(headers: RequestHeaders): boolean {
  const stated = headers['host'];
  return stated === undefined || host.test(stated);
}

export interface Target {
  readonly path: string;
  readonly query: string;
}

/**
 * Returns path and query of a request target in origin or absolute form (RFC 9112 §3.2), and
 * undefined for any other form.
 */
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
