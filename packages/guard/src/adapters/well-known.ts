/** The guard's public documents: its metadata (RFC 9728) and its keys. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GuardCore } from '../guard-core.ts';
import type { RefusalAnswer } from '../route.ts';
import { answerFetch } from './fetch.ts';
import { answerNode } from './node-admission.ts';
import { namedBy } from './node-presented.ts';
import { targetOf } from './target.ts';

/** The part of a guard that an adapter needs. */
export type Protector = Pick<GuardCore, 'route' | 'wellKnown'>;
type Documented = Pick<GuardCore, 'wellKnown'>;

/**
 * The answer to a request for one of the guard's documents. Undefined for every other request,
 * which belongs to the API. `named` is the target of the request, from the root of the host.
 */
export function findDocument(
  guard: Documented,
  method: string | undefined,
  named: string | undefined,
): RefusalAnswer | undefined {
  const target = targetOf(named);
  // The prefix is checked first, because most requests are for something else.
  if (!target.startsWith('/.well-known/')) return undefined;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') return undefined;
  const query = target.indexOf('?');
  const document = guard.wellKnown(query === -1 ? target : target.slice(0, query));
  if (document === undefined) return undefined;
  if (method === 'OPTIONS') return preflight;
  return { ...document, headers: { ...document.headers, ...forEverybody } };
}

const forEverybody = { 'access-control-allow-origin': '*' };

/**
 * Applications in browsers send their own headers (MCP clients do), so a browser sends a preflight
 * first.
 */
const preflight: RefusalAnswer = {
  status: 204,
  headers: {
    ...forEverybody,
    'access-control-allow-methods': 'GET',
    'access-control-allow-headers': '*',
  },
  body: '',
};

/**
 * Answers a request for one of the guard's own documents on node:http, and returns whether it did.
 * The documents are the metadata (RFC 9728 §3) and, with `apiKeys`, the key set. They are public,
 * so no credential is needed.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { answerWellKnown, createGuard } from '@keywright/guard';
 *
 * const guard = createGuard({
 *   issuer: 'https://login.example.com',
 *   audience: 'https://api.example.com',
 * });
 * const hello = guard.node({ scope: 'buildings:read' }, (_request, response, { caller }) =>
 *   response.end(`Hello ${caller.subject}`),
 * );
 * createServer((request, response) => {
 *   if (!answerWellKnown(guard, request, response)) hello(request, response);
 * }).listen(4003);
 * ```
 */
export function answerWellKnown(
  guard: Documented,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const document = findDocument(guard, request.method, namedBy(request));
  if (document !== undefined) answerNode(response, document);
  return document !== undefined;
}

/**
 * The answer to a web-standard request for one of the guard's own documents (RFC 9728 §3), or
 * undefined for every other request. The documents are public, so no credential is needed.
 *
 * @example
 * ```ts
 * import { createFetchGuard, wellKnownResponse } from '@keywright/guard/fetch';
 *
 * const guard = createFetchGuard({
 *   issuer: 'https://login.example.com',
 *   audience: 'https://api.example.com',
 * });
 * const hello = guard.fetch({ scope: 'buildings:read' }, (_request, { caller }) =>
 *   Response.json({ hello: caller.subject }),
 * );
 * export default {
 *   fetch: (request: Request) => wellKnownResponse(guard, request) ?? hello(request),
 * };
 * ```
 */
export function wellKnownResponse(
  guard: Documented,
  { method, url }: Request,
): Response | undefined {
  const document = findDocument(guard, method, url);
  return document && answerFetch(document);
}
