/**
 * The guard in front of an MCP server: the Streamable HTTP transport of its SDK, on node:http or Express. Authorization of
 * MCP 2025-11-25: the challenge names the metadata (RFC 9728), and the SDK is told who calls.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../caller.ts';
import type { Access, RouteOptions } from '../route.ts';
import { createAccesses } from './accesses.ts';
import {
  createExpressGuard,
  type ExpressGuardOptions,
  type ExpressMiddleware,
  type Next,
} from './express.ts';
import type { Protector } from './well-known.ts';

/** What the SDK gives to tools as `extra.authInfo`, in its shape. */
export interface McpAuthInfo {
  /** Empty: MCP forbids to pass a token on, and a tool that has none cannot leak it. */
  token: string;
  clientId: string;
  scopes: string[];
  /** In seconds. */
  expiresAt?: number;
  /** `caller`, as routes are given it. */
  extra?: Record<string, unknown>;
}

export interface McpRequest extends IncomingMessage {
  /** Absent where a route lets anybody in and nobody is known. */
  auth?: McpAuthInfo;
  body?: unknown;
}

export type McpHandler<Request, Resource, Optional extends boolean> = (
  request: Request,
  response: ServerResponse,
  access: Access<Resource, Optional>,
  next: Next,
) => unknown;

interface AccessOf<Resource, Optional extends boolean> {
  /** In a tool: `accessOf(extra.authInfo)`. @throws Error when this very guard did not let the call through */
  readonly accessOf: (authInfo: object | undefined) => Access<Resource, Optional>;
}

export interface McpGuard<Request extends IncomingMessage> {
  /** A listener for node:http or a handler for Express, which gives the request to the SDK's transport. */
  <Resource = undefined, Optional extends boolean = false>(
    options: RouteOptions<Request, Resource, Optional>,
    handler: McpHandler<Request, Resource, Optional>,
  ): ((request: Request, response: ServerResponse, next?: Next) => unknown) & AccessOf<Resource, Optional>;
  /** Middleware for Express, before a handler that gives the request to the SDK's transport. */
  <Resource = undefined, Optional extends boolean = false>(
    options: RouteOptions<Request, Resource, Optional>,
  ): ExpressMiddleware<Request, ServerResponse> & AccessOf<Resource, Optional>;
  /** Middleware that answers the metadata that the challenge names; on node:http use `answerWellKnown`. */
  readonly wellKnown: ExpressMiddleware<IncomingMessage, ServerResponse>;
}

/** Says how an MCP server is protected. The scope is that of the whole address; tools ask their access for more. */
export function createMcpGuard<Request extends IncomingMessage = McpRequest>(
  guard: Protector,
  options: ExpressGuardOptions<Request> = {},
): McpGuard<Request> {
  const onExpress = createExpressGuard<Request, ServerResponse>(guard, options);
  function protect<Resource, Optional extends boolean>(
    routeOptions: RouteOptions<Request, Resource, Optional>,
    handler: McpHandler<Request, Resource, Optional> = (_request, _response, _access, next) => next(),
  ) {
    const accesses = createAccesses<object, Resource, Optional>();
    const middleware = onExpress<Resource, Optional>(routeOptions, (request, response, access, next) => {
      if (access.caller !== undefined) {
        const auth = authInfoOf(access.caller);
        Object.assign(request, { auth });
        accesses.keep(auth, access);
      }
      return handler(request, response, access, next);
    });
    const accessOf = (authInfo: object | undefined) => accesses.of(authInfo ?? {});
    return Object.assign(middleware as McpHandlerOf<Request>, { accessOf });
  }
  return Object.assign(protect as McpGuard<Request>, { wellKnown: onExpress.wellKnown });
}

type McpHandlerOf<Request> = (request: Request, response: ServerResponse, next?: Next) => unknown;

function authInfoOf(caller: Caller): McpAuthInfo {
  const { exp } = caller.claims;
  return {
    token: '',
    clientId: caller.clientId,
    scopes: [...caller.scopes],
    ...(typeof exp === 'number' ? { expiresAt: exp } : {}),
    extra: { caller },
  };
}
