/**
 * The guarded outbound client: for key sets, metadata and whatever else is fetched by an address that someone gave. GET
 * of JSON only; bounded in time, size and redirects; no cookies, no proxy, no kept connections.
 */
import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.ts';

export type OutboundFault =
  | 'address_refused'
  | 'redirect_refused'
  | 'status_wrong'
  | 'content_wrong'
  | 'too_large'
  | 'too_slow'
  | 'unreachable';

/** Why nothing was fetched. The message names the host, never the whole address: it may hold a secret. */
export class OutboundError extends Error {
  readonly fault: OutboundFault;

  constructor(fault: OutboundFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutboundError';
    this.fault = fault;
  }
}

export interface OutboundAnswer {
  readonly body: unknown;
  /** `max-age` of Cache-Control, where the answer had one. */
  readonly maxAgeSeconds: number | undefined;
}

/** Fetches JSON. Rejects with OutboundError, or with anything else for an implementation of one's own. */
export type OutboundFetch = (url: string) => Promise<OutboundAnswer>;

export interface OutboundOptions {
  /** Over everything: name, connection, redirects, body. 5 by default. */
  readonly timeoutSeconds?: number;
  /** 1 MiB by default. */
  readonly maxBytes?: number;
  /** 0 by default. Followed only from https to https, or within one origin. */
  readonly maxRedirects?: number;
  /**
   * `any` for addresses that the operator chose; `public` for addresses that others chose: then every address that the
   * name has must be public, and the connection goes to the very address that was checked.
   */
  readonly addresses?: 'any' | 'public';
  /** How names are resolved; `dns.lookup` by default. */
  readonly lookup?: Lookup;
}

export type Lookup = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface Outbound {
  readonly fetchJson: OutboundFetch;
}

interface Limits {
  readonly maxBytes: number;
  readonly maxRedirects: number;
  readonly lookup: LookupFunction | undefined;
  readonly signal: AbortSignal;
}

export function createOutbound({
  timeoutSeconds = 5,
  maxBytes = 1024 * 1024,
  maxRedirects = 0,
  addresses = 'any',
  lookup = dnsLookup,
}: OutboundOptions = {}): Outbound {
  const guarded = addresses === 'public' ? createPublicLookup(lookup) : undefined;
  return {
    async fetchJson(url) {
      const signal = AbortSignal.timeout(timeoutSeconds * 1000);
      const start = parseUrl(url);
      try {
        return await follow(start, { maxBytes, maxRedirects, lookup: guarded, signal });
      } catch (error) {
        throw asOutboundError(error, start, signal);
      }
    },
  };
}

function asOutboundError(error: unknown, url: URL, signal: AbortSignal): OutboundError {
  if (error instanceof OutboundError) return error;
  if (signal.aborted) return new OutboundError('too_slow', `${url.host} did not answer in time.`);
  return new OutboundError('unreachable', `${url.host} cannot be reached.`, { cause: error });
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (
    url === null ||
    !['https:', 'http:'].includes(url.protocol) ||
    url.username !== '' ||
    url.password !== ''
  ) {
    throw new OutboundError(
      'address_refused',
      'Only http and https addresses without credentials are fetched.',
    );
  }
  return url;
}

async function follow(start: URL, limits: Limits): Promise<OutboundAnswer> {
  let url = start;
  for (let redirects = 0; ; redirects += 1) {
    const response = await get(url, limits);
    const location = locationOf(response);
    if (location === undefined) return await readJson(response, url, limits);
    response.destroy();
    if (redirects === limits.maxRedirects) {
      throw new OutboundError('redirect_refused', `${url.host} redirects too often.`);
    }
    url = assertRedirect(url, parseUrl(location, url));
  }
}

function locationOf(response: IncomingMessage): string | undefined {
  const isRedirect = [301, 302, 303, 307, 308].includes(response.statusCode ?? 0);
  return isRedirect ? response.headers.location : undefined;
}

function assertRedirect(from: URL, to: URL): URL {
  const bothSecure = from.protocol === 'https:' && to.protocol === 'https:';
  if (bothSecure || from.origin === to.origin) return to;
  throw new OutboundError('redirect_refused', `${from.host} redirects to another origin without https.`);
}

/** Asked for when first used: an import of these would evaluate all they export, at 10 MB for whoever never goes out. */
function requestOf(protocol: string) {
  return protocol === 'https:'
    ? process.getBuiltinModule('node:https').request
    : process.getBuiltinModule('node:http').request;
}

async function get(url: URL, { lookup, signal }: Limits): Promise<IncomingMessage> {
  if (lookup !== undefined) assertPublicLiteral(url);
  const request = requestOf(url.protocol);
  return new Promise((resolve, reject) => {
    request(url, {
      // A kept connection may have been opened without this client's checks.
      agent: false,
      signal,
      headers: { accept: 'application/json', 'accept-encoding': 'identity' },
      ...(lookup === undefined ? {} : { lookup }),
    })
      .on('response', resolve)
      .on('error', reject)
      .end();
  });
}

/** A literal address is never looked up, so it is checked here. URL has already undone decimal, octal and hex forms. */
function assertPublicLiteral(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw privateAddress(host);
}

function privateAddress(host: string): OutboundError {
  return new OutboundError('address_refused', `${host} is not a public address.`);
}

/** The connection uses what this answers: a name that changes between check and use (rebinding) gains nothing. */
function createPublicLookup(lookup: Lookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const first = found[0];
      if (first === undefined || !found.every((one) => isPublicAddress(one.address))) {
        return callback(privateAddress(hostname), []);
      }
      return options.all === true ? callback(null, found) : callback(null, first.address, first.family);
    });
  };
}

async function readJson(response: IncomingMessage, url: URL, limits: Limits): Promise<OutboundAnswer> {
  try {
    assertJson(response, url);
    const text = await readText(response, url, limits.maxBytes);
    return { body: parseJson(text, url), maxAgeSeconds: maxAgeOf(response.headers['cache-control']) };
  } finally {
    response.destroy();
  }
}

function assertJson({ statusCode, headers }: IncomingMessage, url: URL): void {
  if (statusCode !== 200) throw new OutboundError('status_wrong', `${url.host} answered ${statusCode}.`);
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const isJson = type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type);
  if (!isJson || (headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new OutboundError('content_wrong', `${url.host} did not answer plain JSON.`);
  }
}

async function readText(response: IncomingMessage, url: URL, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes)
      throw new OutboundError('too_large', `${url.host} answered more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string, url: URL): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new OutboundError('content_wrong', `${url.host} answered something that is no JSON.`);
  }
}

function maxAgeOf(cacheControl: string | undefined): number | undefined {
  const found = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(cacheControl ?? '');
  return found === null ? undefined : Number(found[1]);
}
