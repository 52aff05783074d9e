/** The guard's own documents, which anybody may read: its metadata (RFC 9728) and its keys. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Guard } from '../guard.ts';
import type { RefusalAnswer } from '../route.ts';
import { answerFetch } from './fetch.ts';
import { answerNode } from './node-admission.ts';
import { namedBy } from './node-presented.ts';
import { targetOf } from './target.ts';

/** As much of a guard as an adapter needs. */
export type Protector = Pick<Guard, 'route' | 'wellKnown'>;
type Documented = Pick<Guard, 'wellKnown'>;

/**
 * The answer to a request for one of the guard's documents; undefined for every other request, which is then the API's own.
 * `named` is what the request names, from the root of the host.
 */
export function findDocument(
  guard: Documented,
  method: string | undefined,
  named: string | undefined,
): RefusalAnswer | undefined {
  const target = targetOf(named);
  // The prefix first: most requests are for something else.
  if (!target.startsWith('/.well-known/')) return undefined;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') return undefined;
  const query = target.indexOf('?');
  const document = guard.wellKnown(query === -1 ? target : target.slice(0, query));
  if (document === undefined) return undefined;
  if (method === 'OPTIONS') return preflight;
  return { ...document, headers: { ...document.headers, ...forEverybody } };
}

const forEverybody = { 'access-control-allow-origin': '*' };

/** Applications in browsers send headers of their own (MCP's do), so a browser asks first. */
const preflight: RefusalAnswer = {
  status: 204,
  headers: {
    ...forEverybody,
    'access-control-allow-methods': 'GET',
    'access-control-allow-headers': '*',
  },
  body: '',
};

/** On node:http: answers a request for one of the guard's documents, and says whether it did. */
export function answerWellKnown(
  guard: Documented,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const document = findDocument(guard, request.method, namedBy(request));
  if (document !== undefined) answerNode(response, document);
  return document !== undefined;
}

/** For web-standard requests: the answer to a request for one of the guard's documents, or undefined. */
export function wellKnownResponse(guard: Documented, { method, url }: Request): Response | undefined {
  const document = findDocument(guard, method, url);
  return document && answerFetch(document);
}
