/** Converts core's response to Node's: all headers in one flat list, always with the length. */
import type { ServerResponse } from 'node:http';
import type { HttpResponse } from '@keywright/core';

/** An answer of this product itself: a picture has no text. */
export interface OwnResponse extends Omit<HttpResponse, 'body'> {
  readonly body: string | Uint8Array;
}

export interface ResponseDefaults {
  /** Names and values of headers that every answer has. */
  readonly always: readonly string[];
}

/**
 * RFC 6797 §6.1: two years, if the issuer uses https. Only for this host, because hosts below it
 * may belong to others.
 */
const strictTransport = ['strict-transport-security', 'max-age=63072000'];

export function responseDefaults(issuer: string): ResponseDefaults {
  return { always: issuer.startsWith('https:') ? strictTransport : [] };
}

/** The flat list that Node needs, for header objects that are used again and again. */
const flattened = new WeakMap<HttpResponse['headers'], readonly string[]>();

function flatten(headers: HttpResponse['headers']): readonly string[] {
  const known = flattened.get(headers);
  if (known !== undefined) return known;
  const flat: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') flat.push(name, value);
    else if (value !== undefined) for (const each of value) flat.push(name, each);
  }
  flattened.set(headers, flat);
  return flat;
}

function headerList(response: OwnResponse, { always }: ResponseDefaults, close: boolean): string[] {
  const flat = [...flatten(response.headers), ...always];
  if (close && response.headers['connection'] === undefined) flat.push('connection', 'close');
  return flat;
}

/** RFC 9110 §8.6: no length if there can be no body. */
function mayHaveBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}

/** Sends the whole answer. `close` ends the connection after it. */
export function send(
  to: ServerResponse,
  response: OwnResponse,
  defaults: ResponseDefaults,
  close: boolean,
): void {
  const flat = headerList(response, defaults, close);
  if (mayHaveBody(response.status))
    flat.push('content-length', String(Buffer.byteLength(response.body)));
  to.writeHead(response.status, flat);
  to.end(response.body);
}

const lingerMilliseconds = 2000;

/**
 * Sends the whole answer while the request is still arriving. Closes only after the rest was
 * discarded or took too long, because closing at once would reset the connection before the caller
 * reads the answer.
 */
export function sendEarly(
  to: ServerResponse,
  response: OwnResponse,
  defaults: ResponseDefaults,
): void {
  const flat = headerList(response, defaults, true);
  flat.push('content-length', String(Buffer.byteLength(response.body)));
  to.writeHead(response.status, flat);
  to.write(response.body);
  const finish = (): void => {
    clearTimeout(timer);
    to.end();
  };
  const timer = setTimeout(finish, lingerMilliseconds).unref();
  to.req.once('end', finish);
  to.req.once('close', finish);
  to.req.resume();
}
