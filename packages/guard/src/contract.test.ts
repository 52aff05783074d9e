import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeGuardContract } from './contract.ts';
import { contractRoutes, describeAccess, type Served } from './testing-parts/fixture.ts';
import type { Guard } from './guard.ts';

async function listen(listener: RequestListener): Promise<Served> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${port}`, close };
}

const routeName = (url = '') => /^\/([\w-]*)/.exec(url)?.[1] ?? '';

function mountNode(guard: Guard): Promise<Served> {
  const listeners = Object.entries(contractRoutes).map(([name, options]) => {
    const listener = guard.node(options, (_request, response, access) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(describeAccess(access));
    });
    return [name, listener] as const;
  });
  const byName = new Map(listeners);
  return listen((request, response) => void byName.get(routeName(request.url))?.(request, response));
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at]!, incoming.rawHeaders[at + 1]!);
  }
  const { method = 'GET' } = incoming;
  const body = method === 'GET' ? null : Buffer.concat(chunks);
  return new Request(`http://api.example${incoming.url}`, { method, headers, body });
}

async function answer(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
}

function mountFetch(guard: Guard): Promise<Served> {
  const handlers = Object.entries(contractRoutes).map(([name, options]) => {
    const handler = guard.fetch(options, (_request, access) => {
      const headers = { 'content-type': 'application/json' };
      return new Response(describeAccess(access), { headers });
    });
    return [name, handler] as const;
  });
  const byName = new Map(handlers);
  return listen((incoming, outgoing) => {
    void (async () => {
      const handler = byName.get(routeName(incoming.url))!;
      await answer(await handler(await toRequest(incoming)), outgoing);
    })();
  });
}

describeGuardContract('node:http', mountNode);
describeGuardContract('web-standard requests', mountFetch);
