/**
 * The guarded outbound client, for key sets, metadata and everything else at an address that
 * somebody gave. It limits time, size and redirects, and has no cookies, no proxy and no
 * compression.
 */
import type { Agent, IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { assertGiven, isTime } from './given.ts';
import { OutboundError } from './outbound-error.ts';

/** Fetched JSON. */
export interface OutboundAnswer {
  readonly body: unknown;
  /** `max-age` of Cache-Control, if the answer had one. */
  readonly maxAgeSeconds: number | undefined;
}

/** Fetches JSON. Rejects with OutboundError. Your own implementation may reject with any error. */
export type OutboundFetch = (url: string) => Promise<OutboundAnswer>;

/** An outbound request. */
export interface OutboundRequest {
  /** Default: GET. With POST, no redirect is followed. */
  readonly method?: 'GET' | 'POST';
  /** Names in lower case. Sent only to the origin of the address. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * The media type that the answer must have, or several, separated by commas, of which it must
   * have one. `application/json` also accepts every `+json`.
   */
  readonly accept: string;
  /** Replaces the client's own limit, for a document that is known to be large. */
  readonly maxBytes?: number;
}

/** The answer to an outbound request. Only 200, 204 and 304 are accepted. */
export interface OutboundReply {
  /**
   * 304 only if `if-none-match` was sent, 204 only for POST. Everything else but 200 is a fault.
   */
  readonly status: 200 | 204 | 304;
  /** Empty with 204 and 304. */
  readonly text: string;
  readonly etag: string | undefined;
  /** `max-age` of Cache-Control, if the answer had one. */
  readonly maxAgeSeconds: number | undefined;
}

/** Sends a request and reads its text. Rejects as `OutboundFetch` does. */
export type OutboundSend = (url: string, request: OutboundRequest) => Promise<OutboundReply>;

/** The limits of an outbound client. */
export interface OutboundOptions {
  /** For everything together: name, connection, redirects, body. Default: 5. */
  readonly timeoutSeconds?: number;
  /** Default: 1 MiB. */
  readonly maxBytes?: number;
  /** Default: 0. A redirect is followed only from https to https, or within one origin. */
  readonly maxRedirects?: number;
}

/** The addresses that a client may use. */
export interface AddressLimit {
  /** Answers only addresses that the client may use. */
  readonly lookup: LookupFunction;
  /** For literal addresses, which are never looked up. @throws OutboundError `address_refused` */
  assertLiteral(url: URL): void;
}

/**
 * An outbound client with limits of time, size and redirects, without cookies, proxy and
 * compression.
 */
export interface Outbound {
  readonly fetchJson: OutboundFetch;
  readonly send: OutboundSend;
}

interface Limits {
  readonly maxBytes: number;
  readonly maxRedirects: number;
  readonly within: AddressLimit | undefined;
  readonly agents: Agents | undefined;
  readonly signal: AbortSignal;
}

/**
 * Makes a client for addresses that the operator chose. Does not refuse private addresses. For
 * addresses that somebody else chose, use `createPublicOutbound`.
 * @throws TypeError for an invalid limit
 * @example
 * ```ts
 * import { createOutbound } from '@keywright/jwt';
 *
 * const outbound = createOutbound({ timeoutSeconds: 2, maxBytes: 64 * 1024 });
 * const { body } = await outbound.fetchJson('https://login.example.com/jwks');
 * console.log(body);
 * ```
 */
export function createOutbound(options: OutboundOptions = {}): Outbound {
  return createOutboundWithin(undefined, options);
}

export function createOutboundWithin(
  within: AddressLimit | undefined,
  { timeoutSeconds = 5, maxBytes = 1024 * 1024, maxRedirects = 0 }: OutboundOptions,
): Outbound {
  assertGiven({
    timeoutSeconds: isTime(timeoutSeconds),
    maxBytes: isTime(maxBytes),
    maxRedirects: isTime(maxRedirects),
  });
  // An open connection may go to an address that a limit would refuse now.
  const agents = within === undefined ? createAgents() : undefined;
  const send: OutboundSend = async (url, request) => {
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    const start = parseUrl(url);
    assertGiven({ maxBytes: isTime(request.maxBytes ?? maxBytes) });
    const redirects = request.method === 'POST' ? 0 : maxRedirects;
    try {
      const limits = { maxBytes, maxRedirects: redirects, within, agents, signal };
      return await follow(start, request, limits);
    } catch (error) {
      throw asOutboundError(error, start, signal);
    }
  };
  return {
    send,
    async fetchJson(url) {
      const { text, maxAgeSeconds } = await send(url, { accept: 'application/json' });
      return { body: parseJson(text, url), maxAgeSeconds };
    },
  };
}

type Agents = (protocol: string) => Agent;

/** One for each protocol, made at its first use. Idle connections do not keep a process running. */
function createAgents(): Agents {
  const made = new Map<string, Agent>();
  return (protocol) => {
    const known = made.get(protocol);
    if (known !== undefined) return known;
    const agent = new (moduleOf(protocol).Agent)({
      keepAlive: true,
      maxSockets: 64,
      timeout: 30_000,
    });
    made.set(protocol, agent);
    return agent;
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

async function follow(
  start: URL,
  request: OutboundRequest,
  limits: Limits,
): Promise<OutboundReply> {
  let url = start;
  for (let redirects = 0; ; redirects += 1) {
    const response = await open(url, request, start.origin, limits);
    const location = locationOf(response);
    if (location === undefined) return await readReply(response, request, url, limits);
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
  throw new OutboundError(
    'redirect_refused',
    `${from.host} redirects to another origin without https.`,
  );
}

/**
 * Loaded at the first use: an import would evaluate everything that these modules export, at 10 MB
 * for a process without outbound requests.
 */
function moduleOf(protocol: string) {
  return protocol === 'https:'
    ? process.getBuiltinModule('node:https')
    : process.getBuiltinModule('node:http');
}

async function open(
  url: URL,
  { method = 'GET', headers = {}, body, accept }: OutboundRequest,
  origin: string,
  { within, agents, signal }: Limits,
): Promise<IncomingMessage> {
  within?.assertLiteral(url);
  const { request } = moduleOf(url.protocol);
  // Headers for one origin (for example credentials) are not sent to another origin after a
  // redirect.
  const own = url.origin === origin ? headers : {};
  return new Promise((resolve, reject) => {
    request(url, {
      method,
      agent: agents?.(url.protocol) ?? false,
      signal,
      headers: {
        ...own,
        accept,
        'accept-encoding': 'identity',
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      ...(within === undefined ? {} : { lookup: within.lookup }),
    })
      .on('response', resolve)
      .on('error', reject)
      .end(body);
  });
}

async function readReply(
  response: IncomingMessage,
  { method, accept, maxBytes, headers: sent = {} }: OutboundRequest,
  url: URL,
  limits: Limits,
): Promise<OutboundReply> {
  const { statusCode, headers } = response;
  const common = { etag: headers.etag, maxAgeSeconds: maxAgeOf(headers['cache-control']) };
  try {
    if (statusCode === 304 && sent['if-none-match'] !== undefined) {
      response.resume();
      return { status: 304, text: '', ...common };
    }
    if (statusCode === 204 && method === 'POST') {
      response.resume();
      return { status: 204, text: '', ...common };
    }
    if (statusCode !== 200)
      throw new OutboundError('status_wrong', `${url.host} answered ${statusCode}.`, {
        status: statusCode,
      });
    assertContent(headers, accept, url);
    return {
      status: 200,
      text: await readText(response, url, maxBytes ?? limits.maxBytes),
      ...common,
    };
  } catch (error) {
    response.destroy();
    throw error;
  }
}

function assertContent(headers: IncomingMessage['headers'], accept: string, url: URL): void {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const types = accept.split(',').map((one) => one.trim());
  const isJson = types.includes('application/json') && /^application\/[\w.-]+\+json$/.test(type);
  if (
    !(types.includes(type) || isJson) ||
    (headers['content-encoding'] ?? 'identity') !== 'identity'
  ) {
    throw new OutboundError('content_wrong', `${url.host} did not answer plain ${accept}.`);
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

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new OutboundError('content_wrong', `${new URL(url).host} did not answer with JSON.`);
  }
}

function maxAgeOf(cacheControl: string | undefined): number | undefined {
  const found = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(cacheControl ?? '');
  return found === null ? undefined : Number(found[1]);
}
