/** From Node's request line and headers to core's: nothing merged in silence, nothing decoded. */

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
 * Spellings that were seen, and the header that each is; '' for one that nobody reads. Callers
 * spell few ways.
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
 * Headers by lower-case name, those alone that core or the carrier reads. Node drops or keeps the
 * first of some repeated ones; here every value stays, joined with ", " (cookies with "; "), so
 * that core sees two Authorization or Content-Type headers as the nonsense they are.
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

// Two were joined with a space, which no host has.
const host = /^[\w.~!$&'()*+,;=%:[\]-]*$/;

/**
 * RFC 9112 §3.2: not more than one Host, and that one a host with or without a port, or empty.
 * HTTP/1.0 knows none.
 */
export function isHostReadable(headers: RequestHeaders): boolean {
  const stated = headers['host'];
  return stated === undefined || host.test(stated);
}

export interface Target {
  readonly path: string;
  readonly query: string;
}

/**
 * Path and query of a request target in origin or absolute form (RFC 9112 §3.2); undefined for any
 * other.
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
