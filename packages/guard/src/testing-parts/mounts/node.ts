import type { ServerResponse } from 'node:http';
import { answerWellKnown } from '../../adapters/well-known.ts';
import type { Guard } from '../../guard.ts';
import { answerWith, contractRoutes } from '../contract-routes.ts';
import type { Served } from '../fixture.ts';
import { listen, routeName } from './listening.ts';

export function mountNode(guard: Guard): Promise<Served> {
  const listeners = new Map(
    Object.entries(contractRoutes).map(([name, options]) => {
      const listener = guard.node(options, (_request, response, access) =>
        answerWith(name, access, (body, headers) => response.writeHead(200, headers).end(body)),
      );
      return [name, listener] as const;
    }),
  );
  return listen((request, response) => {
    if (answerWellKnown(guard, request, response)) return;
    void answerErrors(response, () => {
      const listener = listeners.get(routeName(request));
      return listener === undefined ? response.writeHead(404).end() : listener(request, response);
    });
  });
}

/** Answers errors, which node:http does not do. */
export async function answerErrors(response: ServerResponse, run: () => unknown): Promise<void> {
  try {
    await run();
  } catch {
    response.writeHead(500).end('an answer of its own');
  }
}
