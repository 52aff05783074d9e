/**
 * Web-standard requests over node:http, with the minimum of code. Each platform has its own way.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { wellKnownResponse } from '../../adapters/well-known.ts';
import type { Guard } from '../../guard.ts';
import { answerWith, contractRoutes } from '../contract-routes.ts';
import type { Served } from '../fixture.ts';
import { listen, routeName } from './listening.ts';
import { answerErrors } from './node.ts';

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '');
  }
  const { method = 'GET' } = incoming;
  const body = method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks);
  return new Request(`http://api.example${incoming.url}`, { method, headers, body });
}

async function answer(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing
    .writeHead(response.status, Object.fromEntries(response.headers))
    .end(await response.text());
}

export function mountFetch(guard: Guard): Promise<Served> {
  const handlers = Object.entries(contractRoutes).map(([name, options]) => {
    const handler = guard.fetch(options, (_request, access) => {
      return answerWith(name, access, (body, headers) => new Response(body, { headers }));
    });
    return [name, handler] as const;
  });
  const byName = new Map(handlers);
  return listen((incoming, outgoing) => {
    const handler = byName.get(routeName(incoming));
    const { remoteAddress } = incoming.socket;
    void answerErrors(outgoing, async () => {
      const request = await toRequest(incoming);
      const response =
        wellKnownResponse(guard, request) ?? (await handler?.(request, { remoteAddress }));
      await answer(response ?? Response.error(), outgoing);
    });
  });
}
