/** The server as a web-standard handler, for everything that uses Request and Response. */
import type {
  AuthorizationServer,
  ClientCertificate,
  Events,
  HttpRequest,
  HttpResponse,
} from '@keywright/core';
import { createCarrierRefusals } from './refusals.ts';
import { decodeBody, maxBodyBytes } from './request-body.ts';

export type FetchHandler = (
  request: Request,
  caller?: { readonly remoteAddress?: string; readonly clientCertificate?: ClientCertificate },
) => Promise<Response>;

/** Undefined if the body is larger than allowed. */
async function readBytes(body: ReadableStream<Uint8Array>): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function toHttpRequest(request: Request, body: string, remoteAddress: string): HttpRequest {
  const { pathname, search } = new URL(request.url);
  const headers = Object.assign(
    Object.create(null),
    Object.fromEntries(request.headers),
  ) as HttpRequest['headers'];
  return {
    method: request.method,
    path: pathname,
    query: search.slice(1),
    headers,
    body,
    remoteAddress,
  };
}

function toResponse({ status, headers, body }: HttpResponse): Response {
  const list = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : value.map((each) => [name, each]),
  );
  return new Response(body === '' ? null : body, { status, headers: list });
}

/**
 * Serves the protocol endpoints and pages. Does not serve health or assets, and has no time limit
 * for requests. `remoteAddress` and `clientCertificate` are trusted as the caller gives them. Give
 * the `events` of the server, so that its log has the requests that are refused before core.
 */
export function toFetchHandler(
  server: Pick<AuthorizationServer, 'handle'>,
  options: { readonly issuer: string; readonly events?: Events },
): FetchHandler {
  const refusals = createCarrierRefusals(
    options.issuer,
    options.events ?? { emit: () => undefined },
  );
  return async (request, caller) => {
    const refused = () => ({ method: request.method, path: new URL(request.url).pathname });
    const bytes = request.body === null ? Buffer.alloc(0) : await readBytes(request.body);
    if (bytes === undefined) return toResponse(refusals.bodyTooLarge(refused()));
    const body = decodeBody(bytes);
    if (body === undefined) return toResponse(refusals.bodyNotUtf8(refused()));
    const { remoteAddress = '', clientCertificate } = caller ?? {};
    const plain = toHttpRequest(request, body, remoteAddress);
    return toResponse(
      await server.handle(
        clientCertificate === undefined ? plain : { ...plain, clientCertificate },
      ),
    );
  };
}
