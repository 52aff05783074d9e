/** The HTTP part of the guard in front of an MCP server. `mcp.test.ts` tests what is behind it. */
import { createMcpGuard } from '../../adapters/mcp.ts';
import type { Guard } from '../../guard.ts';
import { answerWith, contractRoutes } from '../contract-routes.ts';
import type { Served } from '../fixture.ts';
import { listen, routeName } from './listening.ts';
import { answerErrors } from './node.ts';

export function mountMcp(guard: Guard): Promise<Served> {
  const protect = createMcpGuard(guard);
  const listeners = new Map(
    Object.entries(contractRoutes).map(([name, options]) => {
      const listener = protect(options, (_request, response, access) =>
        answerWith(name, access, (body, headers) => response.writeHead(200, headers).end(body)),
      );
      return [name, listener] as const;
    }),
  );
  return listen((request, response) =>
    protect.wellKnown(request, response, () => {
      void answerErrors(response, () => {
        const listener = listeners.get(routeName(request));
        return listener === undefined ? response.writeHead(404).end() : listener(request, response);
      });
    }),
  );
}
