/** The guard on web-standard requests and responses, for Next.js, Deno, Bun and service workers. */
import { GuardRefusal } from '../guard-refusal.ts';
import type { Presented } from '../presented.ts';
import type { Access, RefusalAnswer, Route } from '../route.ts';
import { targetOf } from './target.ts';

/** A handler of web-standard requests behind the guard. The guard does not catch its errors. */
export type FetchHandler<Resource, Optional extends boolean> = (
  request: Request,
  access: Access<Resource, Optional>,
) => Response | Promise<Response>;

/** Facts that are not in a web-standard request, but that the platform may know. */
export interface FetchConnection {
  /** The address that the request came from. The application may derive it from a header. */
  readonly remoteAddress?: string | undefined;
  /**
   * The peer of this connection, as the platform knows it, and never from a header. It identifies a
   * proxy that forwards certificates. Without it, no certificate of a header counts.
   */
  readonly peerAddress?: string | undefined;
  /** DER of the client's certificate. */
  readonly certificate?: Uint8Array | undefined;
}

/** Rejects only with what the handler throws. */
export function createFetchAdapter<Resource, Optional extends boolean>(
  route: Route<Request, Resource, Optional>,
  handler: FetchHandler<Resource, Optional>,
): (request: Request, connection?: FetchConnection) => Promise<Response> {
  return async (request, connection) => {
    const presented = presentFetch(request, connection);
    const readForm = () => readFetchForm(request, route.maxFormBytes);
    const admitted = await admitFetch(route, request, presented, readForm);
    if ('refusal' in admitted) return answerFetch(admitted.refusal);
    const response = await handler(request, admitted.access);
    return withHeaders(response, admitted.access.headers);
  };
}

/** For every carrier of web-standard requests. Never rejects. */
export async function admitFetch<Carrier, Resource, Optional extends boolean>(
  route: Route<Carrier, Resource, Optional>,
  carrier: Carrier,
  presented: Presented,
  readForm: () => Promise<URLSearchParams | undefined>,
): Promise<{ readonly access: Access<Resource, Optional> } | { readonly refusal: RefusalAnswer }> {
  try {
    const form = route.wantsForm(presented) ? await readForm() : undefined;
    return { access: await route.admit(presented, carrier, form) };
  } catch (error) {
    return { refusal: route.refuse(error, presented) };
  }
}

export function answerFetch({ status, headers, body }: RefusalAnswer): Response {
  return new Response(body === '' ? null : body, { status, headers });
}

/**
 * Headers of the handler stay. The headers of a fetched response cannot be changed, but those of a
 * copy can. A response that upgrades the connection (101) cannot be copied.
 */
export function withHeaders(
  response: Response,
  headers: Readonly<Record<string, string>> | undefined,
): Response {
  if (headers === undefined || response.status < 200) return response;
  const copy = new Response(response.body, response);
  for (const [name, value] of Object.entries(headers)) {
    if (!copy.headers.has(name)) copy.headers.set(name, value);
  }
  return copy;
}

export function presentFetch(request: Request, connection: FetchConnection = {}): Presented {
  return {
    method: request.method,
    target: targetOf(request.url),
    remoteAddress: connection.remoteAddress,
    peerAddress: connection.peerAddress,
    carrier: request,
    header: (name) => request.headers.get(name) ?? undefined,
    certificate: () => connection.certificate,
  };
}

/**
 * Reads a copy, so that the handler can read the body again. Undefined if the body was read before.
 * Rejects with GuardRefusal `body_too_large`, or with `parameter_malformed` if the body breaks off.
 */
export async function readFetchForm(
  request: Request,
  maxBytes: number,
): Promise<URLSearchParams | undefined> {
  return request.bodyUsed
    ? undefined
    : new URLSearchParams(await readText(request.clone(), maxBytes));
}

async function readText({ body }: Request, maxBytes: number): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Cancelling one of two copies waits for the cancellation of the other, which never comes.
    for await (const chunk of body.values({ preventCancel: true })) {
      size += chunk.length;
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  } catch {
    throw new GuardRefusal('parameter_malformed', { note: 'the body breaks off' });
  }
  if (size > maxBytes) throw new GuardRefusal('body_too_large');
  return Buffer.concat(chunks).toString('utf8');
}
