/**
 * The suite's own addresses, over TLS: what it publishes for the server to fetch, and where the
 * server sends something.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';

export interface Site {
  readonly origin: string;
  /** The address of a document that says what it says now. */
  publish(document: () => string, type: string): string;
  /** An address, and the first request that comes there. */
  listen(): { readonly address: string; readonly received: Promise<Received> };
  stop(): Promise<void>;
}

export interface Received {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly type: string | undefined;
  readonly body: string;
}

type Answer = (received: Received) => { readonly type: string; readonly text: string };

export async function openSite(
  port: number,
  tls: { readonly cert: string; readonly key: string },
): Promise<Site> {
  const origin = `https://localhost:${port}`;
  const answers = new Map<string, Answer>();
  const server = createServer(tls, (request, response) => void answer(answers, request, response));
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  const serve = (found: Answer): string => {
    const path = `/documents/${answers.size + 1}`;
    answers.set(path, found);
    return `${origin}${path}`;
  };
  return {
    origin,
    publish: (document, type) => serve(() => ({ type, text: document() })),
    listen() {
      const { promise, resolve } = Promise.withResolvers<Received>();
      const address = serve((received) => {
        resolve(received);
        return { type: 'text/plain', text: '' };
      });
      return { address, received: promise };
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function answer(
  answers: ReadonlyMap<string, Answer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://localhost');
  const body = await text(request);
  const found = answers.get(url.pathname);
  if (found === undefined) return void response.writeHead(404).end();
  const { method = '', headers } = request;
  const said = found({ method, query: url.searchParams, type: headers['content-type'], body });
  response
    .writeHead(200, { 'content-type': said.type, 'cache-control': 'no-store' })
    .end(said.text);
}
