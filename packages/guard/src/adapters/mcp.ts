/**
 * The guard in front of an MCP server: the Streamable HTTP transport of its SDK, on node:http or
 * Express. Authorization of MCP 2025-11-25: the challenge names the metadata (RFC 9728), and the
 * SDK receives the caller.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../caller.ts';
import type { GuardCore } from '../guard-core.ts';
import { GuardRefusal } from '../guard-refusal.ts';
import { type Kind, assertKinds, call, isText, type KindsOf, optional } from '../option-kinds.ts';
import type { Access, RouteOptions } from '../route.ts';
import { createAccesses } from './accesses.ts';
import {
  createExpressGuard,
  type ExpressGuardOptions,
  type ExpressMiddleware,
  type Next,
} from './express.ts';
import { answerNode } from './node-admission.ts';
import { namedBy, presentNode } from './node-presented.ts';

/** What the SDK of MCP gives to tools as `extra.authInfo`, in its shape. */
export interface McpAuthInfo {
  /** Empty. MCP forbids passing a token on, and a tool without the token cannot leak it. */
  token: string;
  clientId: string;
  scopes: string[];
  /** In seconds. */
  expiresAt?: number;
  /** `caller`, as in other routes. */
  extra?: Record<string, unknown>;
}

/** A request of node:http or Express, with the member that the SDK of MCP reads. */
export interface McpRequest extends IncomingMessage {
  /** Absent if the route is optional and there is no caller. */
  auth?: McpAuthInfo;
  body?: unknown;
}

/** A handler behind the guard, which gives the request to the transport of the SDK. */
export type McpHandler<Request, Resource, Optional extends boolean> = (
  request: Request,
  response: ServerResponse,
  access: Access<Resource, Optional>,
  next: Next,
) => unknown;

interface AccessOf<Resource, Optional extends boolean> {
  /**
   * In a tool: `accessOf(extra.authInfo)`. @throws Error if this guard did not let the call through
   */
  readonly accessOf: (authInfo: object | undefined) => Access<Resource, Optional>;
}

/** Protects an MCP server on node:http or Express. */
export interface McpGuard<Request extends IncomingMessage> {
  /**
   * A listener for node:http or a handler for Express, which gives the request to the SDK's
   * transport.
   */
  <Resource = undefined, Optional extends boolean = false>(
    options: RouteOptions<Request, Resource, Optional>,
    handler: McpHandler<Request, Resource, Optional>,
  ): ((request: Request, response: ServerResponse, next?: Next) => unknown) &
    AccessOf<Resource, Optional>;
  /** Middleware for Express, before a handler that gives the request to the SDK's transport. */
  <Resource = undefined, Optional extends boolean = false>(
    options: RouteOptions<Request, Resource, Optional>,
  ): ExpressMiddleware<Request, ServerResponse> & AccessOf<Resource, Optional>;
  /**
   * Middleware that answers the metadata that the challenge names. On node:http, use
   * `answerWellKnown`.
   */
  readonly wellKnown: ExpressMiddleware<IncomingMessage, ServerResponse>;
}

/**
 * For `allowedOrigins`: accepts requests of pages of any origin. For a server that only its tokens
 * protect, and that all pages may call.
 */
export const anyOrigin: unique symbol = Symbol('anyOrigin');

/** Which pages may call an MCP server, and what the guard cannot find out about a request. */
export interface McpGuardOptions<Request> extends ExpressGuardOptions<Request> {
  /**
   * Origins whose pages may call (`https://app.example`). Default: none. A request without `Origin`
   * does not come from a page, and passes. A request with another origin gets 403 (MCP Streamable
   * HTTP, Security Warning).
   */
  readonly allowedOrigins?: readonly string[] | typeof anyOrigin;
}

type McpProtector = Pick<GuardCore, 'route' | 'wellKnown' | 'refuse'>;

/**
 * RFC 6454 §6.2: an http(s) origin as browsers write it. `null` is not accepted, because any
 * sandboxed page sends it.
 */
function isOrigin(value: unknown): boolean {
  if (!isText(value) || !/^[a-z][a-z0-9+.-]*:\/\/[\x21-\x2b\x2d\x2e\x30-\x7e]+$/.test(value))
    return false;
  return !value.startsWith('http') || URL.parse(value)?.origin === value;
}

const allowedOrigins: Kind = optional(
  (value) => value === anyOrigin || (Array.isArray(value) && value.every(isOrigin)),
  'a list of origins, as https://app.example, or anyOrigin.',
);

/**
 * Protects an MCP server: the Streamable HTTP transport of its SDK (Authorization of MCP
 * 2025-11-25). The challenge names the metadata (RFC 9728 §5.1). The scope is for the whole
 * address. A tool can check its access for more. Pages of other origins get 403 before the token is
 * checked.
 * @throws TypeError for options that are misspelt or of another kind
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { answerWellKnown, createGuard } from '@keywright/guard';
 * import { createMcpGuard } from '@keywright/guard/mcp';
 *
 * const guard = createGuard({
 *   issuer: 'https://login.example.com',
 *   audience: 'https://notes.example.com/mcp',
 * });
 * const protect = createMcpGuard(guard);
 * // Here a server gives request and response to the transport of the SDK.
 * const mcp = protect({ scope: 'notes:read' }, (_request, response) => response.end());
 * createServer((request, response) => {
 *   if (!answerWellKnown(guard, request, response)) mcp(request, response);
 * }).listen(4004);
 * ```
 */
export function createMcpGuard<Request extends IncomingMessage = McpRequest>(
  guard: McpProtector,
  options: McpGuardOptions<Request> = {},
): McpGuard<Request> {
  const kinds: KindsOf<McpGuardOptions<Request>> = { allowedOrigins, remoteAddress: call };
  assertKinds(options, kinds, []);
  const isAllowed = originJudge(options.allowedOrigins ?? []);
  const onExpress = createExpressGuard<Request, ServerResponse>(guard, options);
  function protect<Resource, Optional extends boolean>(
    routeOptions: RouteOptions<Request, Resource, Optional>,
    handler: McpHandler<Request, Resource, Optional> = (_request, _response, _access, next) =>
      next(),
  ) {
    const accesses = createAccesses<object, Resource, Optional>();
    const middleware = onExpress<Resource, Optional>(
      routeOptions,
      (request, response, access, next) => {
        if (access.caller !== undefined) {
          const auth = authInfoOf(access.caller);
          Object.assign(request, { auth });
          accesses.keep(auth, access);
        }
        return handler(request, response, access, next);
      },
    );
    const accessOf = (authInfo: object | undefined) => accesses.of(authInfo ?? {});
    // This check comes before the check of the token, so that an attacker's page (DNS rebinding)
    // learns nothing about the token.
    const ofAllowed: typeof middleware = (request, response, next) => {
      const presented = presentNode(request, namedBy(request));
      const origin = presented.header('origin');
      if (isAllowed(origin)) return middleware(request, response, next);
      const note = `Origin ${JSON.stringify(origin?.slice(0, 200))} is not among allowedOrigins`;
      return answerNode(
        response,
        guard.refuse(new GuardRefusal('resource_forbidden', { note }), presented),
      );
    };
    return Object.assign(ofAllowed as McpHandlerOf<Request>, { accessOf });
  }
  return Object.assign(protect as McpGuard<Request>, { wellKnown: onExpress.wellKnown });
}

function originJudge(allowed: readonly string[] | typeof anyOrigin): (origin?: string) => boolean {
  if (allowed === anyOrigin) return () => true;
  const origins = new Set(allowed);
  return (origin) => origin === undefined || origins.has(origin);
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
