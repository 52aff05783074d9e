/**
 * The authorization server as a function from a request to a response. It keeps no state between
 * requests except caches of a few seconds. Everything else is in the store.
 */
import {
  createBatch,
  createBatchSigner,
  createDpopNonces,
  createTokenSource,
} from '@keywright/jwt';
import { authorization } from './features/authorization/feature.ts';
import { implicit } from './features/implicit/feature.ts';
import { authorizationCode } from './features/authorization-code/feature.ts';
import { emailChange } from './features/email-change/feature.ts';
import { recovery } from './features/recovery/feature.ts';
import { totp } from './features/totp/feature.ts';
import { refreshToken } from './features/refresh-token/feature.ts';
import { clientCredentials } from './features/client-credentials/feature.ts';
import { password } from './features/password/feature.ts';
import { device } from './features/device/feature.ts';
import { ciba } from './features/ciba/feature.ts';
import { tokenExchange } from './features/token-exchange/feature.ts';
import { jwtBearer } from './features/jwt-bearer/feature.ts';
import { pushedRequests } from './features/par/feature.ts';
import { firstPartyChallenge } from './features/first-party-challenge/feature.ts';
import { introspection } from './features/introspection/feature.ts';
import { globalTokenRevocation, revocation } from './features/revocation/feature.ts';
import { signUp } from './features/sign-up/feature.ts';
import { statusLists } from './features/status-lists/feature.ts';
import { userinfo } from './features/userinfo/feature.ts';
import { logout, signOut } from './features/logout/feature.ts';
import { apiKeys } from './features/api-keys/feature.ts';
import { registration } from './features/registration/feature.ts';
import { clientDocuments } from './features/client-documents/feature.ts';
import { grantManagement } from './features/grant-management/feature.ts';
import { permissions } from './features/permissions/feature.ts';
import { admin } from './features/admin/feature.ts';
import { account } from './features/account/feature.ts';
import { passkeys } from './features/passkeys/feature.ts';
import type { Feature, Route, Routes } from './kernel/routing/feature.ts';
import { createTokenEndpoint } from './kernel/token-endpoint/endpoint.ts';
import { builtInApis } from './kernel/apis/built-in.ts';
import { createApiLoader } from './kernel/apis/directory.ts';
import { createIssuerKeys } from './kernel/keys/issuer-keys.ts';
import { dpopChallenge } from './kernel/sender-constraint/dpop.ts';
import { createClientKeys } from './kernel/clients/client-keys.ts';
import { createClientLoader } from './kernel/clients/directory.ts';
import { createSecretUses } from './kernel/clients/secret-uses.ts';
import type { Core } from './kernel/core.ts';
import { documentRoutes } from './discovery.ts';
import { createDocumentsOf, takesDocuments } from './features/client-documents/documents.ts';
import { showExplanation } from './kernel/errors/error-explanation.ts';
import { explanations } from './kernel/http/error-uri.ts';
import { OAuthError } from './model/errors.ts';
import { grants, grantTypes, isFeatureOn } from './model/features.ts';
import type { HttpRequest, HttpResponse } from './kernel/http/message.ts';
import { errorPage } from './kernel/http/error-page.ts';
import {
  empty,
  errorBearer,
  errorJson,
  openToAnyOrigin,
  redirect,
  withNonce,
} from './kernel/http/responses.ts';
import { createTokenVerifier } from './kernel/tokens/own-access-token.ts';
import { createKeyRing } from './kernel/keys/key-ring.ts';
import { countFailure, takeOfNetwork, withAllowance } from './kernel/limits/limits.ts';
import { createProcessLimits } from './process-limits.ts';
import type { AuthorizationServerOptions } from './kernel/policy/server-options.ts';
import { resolveOptions } from './kernel/policy/options.ts';
import type { Ports } from './model/ports.ts';
import { emitRefusal } from './kernel/errors/refusal-event.ts';
import { createStatements } from './features/registration/software-statement.ts';
import { createStatusAssigner } from './kernel/status/assign.ts';

/** An authorization server as a function from a request to an answer. */
export interface AuthorizationServer {
  /**
   * Answers every request, without a promise if nothing must be waited for. Never throws, never
   * rejects.
   */
  handle(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
  /** Every route, with the names of `routeOf`, for counting requests. */
  readonly routes: readonly string[];
  /** The route of a path, without the path of the issuer. Undefined if there is none. */
  routeOf(path: string): string | undefined;
  /** Whether a user reads the answers at this path. Then an early refusal must be a page. */
  isPage(path: string): boolean;
  /** False if the document at this path must be looked for in the store. */
  isAtHand(path: string): boolean;
}

interface NamedRoute extends Route {
  readonly name: string;
}

/**
 * Makes an authorization server (RFC 6749, RFC 9700, OpenID Connect Core) from options and ports.
 * It keeps no state between requests, except caches of at most five seconds. Does not listen on a
 * port, make keys, or read and write anything before the first request: call `ensureKeys` once
 * before.
 * @throws ConfigError for options that are wrong, with all of their faults
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { text } from 'node:stream/consumers';
 * import { createAuthorizationServer, ensureKeys, headersRead, type Ports } from '@keywright/core';
 *
 * const issuer = 'https://login.example.com';
 *
 * export async function listen(ports: Ports): Promise<void> {
 *   await ensureKeys(ports);
 *   const authorizationServer = createAuthorizationServer({ issuer }, ports);
 *   createServer(async (request, response) => {
 *     const { pathname, search } = new URL(`${issuer}${request.url}`);
 *     const headers = headersRead.map((name) => [name, request.headers[name]?.toString()]);
 *     const answer = await authorizationServer.handle({
 *       method: request.method ?? 'GET',
 *       path: pathname,
 *       query: search.slice(1),
 *       headers: Object.fromEntries(headers),
 *       // A server on the internet also limits size and time here.
 *       body: await text(request),
 *       remoteAddress: request.socket.remoteAddress ?? '',
 *     });
 *     for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
 *     response.writeHead(answer.status).end(answer.body);
 *   }).listen(9000);
 * }
 * ```
 */
export function createAuthorizationServer(
  options: AuthorizationServerOptions,
  ports: Ports,
): AuthorizationServer {
  const resolved = resolveOptions(options);
  const limits = createProcessLimits(ports);
  const core: Core = {
    ...ports,
    options: resolved,
    loadClient: createClientLoader(
      ports.store,
      ports.clock,
      resolved.cacheSeconds,
      takesDocuments(resolved, ports.outbound)
        ? { load: (id, remoteAddress, isKept) => documents.load(id, remoteAddress, isKept) }
        : undefined,
      ports.externalWaits,
    ),
    clientKeys: createClientKeys({ ...ports, ...limits }),
    assertionKeys: createIssuerKeys(resolved.assertionIssuers, ports),
    secretUses: createSecretUses(ports.store, ports.events),
    loadApis: createApiLoader(
      ports.store,
      ports.clock,
      resolved.cacheSeconds,
      builtInApis(resolved),
    ),
    keys: createKeyRing(ports, resolved.cacheSeconds),
    signer: createBatchSigner(),
    verifying: createBatch(),
    verifyToken: createTokenVerifier(resolved.issuer),
    assignStatus: createStatusAssigner(ports.store),
    dpopNonces: createDpopNonces((text) => ports.vault.macs('dpop-nonce', text)),
    statements: createStatements(resolved.registration.statementIssuers, resolved.issuer, ports),
    ...limits,
    newSecret: createTokenSource((length) => ports.random.bytes(length)),
  };
  const documents = createDocumentsOf(core);
  const routes = routeTable(core);
  return {
    handle: (request) => answer(coreFor(core, request), findRoute(routes, request.path), request),
    routes: [...new Set([...routes.values()].map(({ name }) => name))],
    routeOf: (path) => findRoute(routes, path)?.name,
    isPage: (path) => findRoute(routes, path)?.channel === 'page',
    isAtHand: (path) => findRoute(routes, path)?.isAtHand?.(path) !== false,
  };
}

/**
 * All events of a request with an id contain the id, and a client is loaded for the address of the
 * caller.
 */
function coreFor(core: Core, { id, remoteAddress }: HttpRequest): Core {
  const loadClient: Core['loadClient'] = (clientId, need) =>
    core.loadClient(clientId, need, remoteAddress);
  if (id === undefined) return { ...core, loadClient };
  return {
    ...core,
    loadClient,
    events: { emit: (event) => core.events.emit({ ...event, request: id }) },
  };
}

/**
 * All features of the server. Features that are off are not used. Most can be deleted with their
 * folder and their line here.
 */
const features: readonly Feature[] = [
  authorization,
  implicit,
  authorizationCode,
  refreshToken,
  clientCredentials,
  password,
  device,
  ciba,
  tokenExchange,
  jwtBearer,
  pushedRequests,
  firstPartyChallenge,
  introspection,
  revocation,
  globalTokenRevocation,
  statusLists,
  userinfo,
  signOut,
  logout,
  apiKeys,
  registration,
  clientDocuments,
  grantManagement,
  permissions,
  admin,
  account,
  recovery,
  emailChange,
  totp,
  signUp,
  passkeys,
];

function routeTable(core: Core): ReadonlyMap<string, NamedRoute> {
  const { basePath } = core.options;
  const person = { channel: 'page', cors: false } as const;
  const on = features.filter(({ name }) => isFeatureOn(core.options.features, name));
  const served = on.map((feature) => ({ ...feature, routes: feature.routes?.(core, on) ?? {} }));
  const handlers = new Map(
    grantTypes.flatMap((type) => {
      const handler = on.find(({ name }) => name === grants[type].feature)?.grant;
      return handler === undefined ? [] : [[type, handler] as const];
    }),
  );
  const routes: Routes = {
    '/token': { methods: { POST: createTokenEndpoint(handlers) }, channel: 'json', cors: true },
    ...documentRoutes(core, served),
    ...Object.assign({}, ...served.map((feature) => feature.routes)),
    [`${explanations}*`]: { methods: { GET: showExplanation }, ...person },
    '/': { methods: { GET: async () => redirect(`${basePath}/account`) }, ...person },
  };
  const table = new Map<string, NamedRoute>();
  for (const [name, route] of Object.entries(routes)) {
    const named = { ...route, name };
    table.set(basePath + name, named);
    if (route.wellKnown === 'before-path') table.set(name + basePath, named);
    if (route.wellKnown === 'of-origin') table.set(name, named);
  }
  return table;
}

/** The route of this path, or of its folder. */
function findRoute(routes: ReadonlyMap<string, NamedRoute>, path: string): NamedRoute | undefined {
  return routes.get(path) ?? routes.get(`${path.slice(0, path.lastIndexOf('/') + 1)}*`);
}

type Answer = HttpResponse | Promise<HttpResponse>;

/** Without a promise if the endpoint needs none: published documents are answered at once. */
function answer(core: Core, route: Route | undefined, request: HttpRequest): Answer {
  const finish = (response: HttpResponse) =>
    complete(route, request, withDpopNonce(core, route, request, response));
  try {
    if (route === undefined) throw new OAuthError('path_unknown');
    const response = dispatch(core, route, request);
    if (!(response instanceof Promise)) return finish(response);
    return response.then(finish, (error: unknown) => finish(refuse(core, route, request, error)));
  } catch (error) {
    return finish(refuse(core, route, request, error));
  }
}

/** RFC 9449 §8.2: each answer to a client that sends proofs has the nonce for the next one. */
function withDpopNonce(
  { options, dpopNonces, clock }: Core,
  route: Route | undefined,
  request: HttpRequest,
  response: HttpResponse,
): HttpResponse {
  const wanted = options.dpopNonce === 'required' && request.headers['dpop'] !== undefined;
  return wanted && route?.channel !== 'page'
    ? withNonce(response, dpopNonces.current(clock.nowSeconds()))
    : response;
}

function complete(
  route: Route | undefined,
  request: HttpRequest,
  response: HttpResponse,
): HttpResponse {
  const open = route?.cors === true ? openToAnyOrigin(response) : response;
  const id = request.headers['x-request-id'];
  // Authorization API 1.0 §10.1.3: the same identifier. A value that a header cannot contain was
  // not in a header.
  if (route?.identified !== true || id === undefined || !/^[\t\x20-\x7e\x80-\xff]+$/.test(id))
    return open;
  return { ...open, headers: { ...open.headers, 'x-request-id': id } };
}

function dispatch(core: Core, route: Route, request: HttpRequest): Answer {
  const counted = route.channel === 'page' && core.limits?.network !== undefined;
  return counted ? answerCounted(core, route, request) : callEndpoint(core, route, request);
}

/**
 * The user of a page is not known yet, so the request counts for the network. Redirects have no
 * limit headers, because browsers follow them.
 */
async function answerCounted(
  core: Core,
  route: Route,
  request: HttpRequest,
): Promise<HttpResponse> {
  const allowance = takeOfNetwork(core, request);
  const response = await callEndpoint(core, route, request);
  return response.status === 200 ? withAllowance(response, allowance) : response;
}

function callEndpoint(core: Core, route: Route, request: HttpRequest): Answer {
  const endpoint = Object.hasOwn(route.methods, request.method)
    ? route.methods[request.method]
    : undefined;
  if (endpoint !== undefined) return endpoint(core, request);
  const allow = allowedMethods(route);
  // RFC 9110 §9.3.2: the same headers. The HTTP layer leaves the body out, and must state its
  // length (§8.6). A proof names the method that was sent (RFC 9449 §4.2).
  if (request.method === 'HEAD' && route.methods['GET'] !== undefined)
    return route.methods['GET'](core, request);
  if (request.method === 'OPTIONS' && route.cors) return preflight(allow);
  throw new OAuthError('method_not_allowed', { allow });
}

function allowedMethods(route: Route): readonly string[] {
  const methods = Object.keys(route.methods);
  return [
    ...methods,
    ...(methods.includes('GET') ? ['HEAD'] : []),
    ...(route.cors ? ['OPTIONS'] : []),
  ];
}

/** Fetch §4.8: the request of a browser before a script of an application may call. */
function preflight(allow: readonly string[]): HttpResponse {
  return empty(204, {
    'access-control-allow-methods': allow.join(', '),
    // The star does not include Authorization (Fetch §4.9).
    'access-control-allow-headers': 'authorization, content-type, dpop, *',
    'access-control-max-age': '600',
  });
}

/** The only place where a refusal, or a bug, becomes an answer. */
function refuse(
  core: Core,
  route: Route | undefined,
  request: HttpRequest,
  thrown: unknown,
): HttpResponse {
  const isRefusal = thrown instanceof OAuthError;
  const error = isRefusal ? countFailure(core, request, thrown) : faultOf(thrown);
  const decision = isRefusal
    ? emitRefusal(core, request, 'refused', error)
    : emitRefusal(core, request, 'fault', error, { error: thrown });
  if ((route ?? unknownRoute(request)).channel === 'page')
    return errorPage(error, core.pages, decision);
  const context = { issuer: core.options.issuer, decision, request, refusalId: route?.refusalId };
  if (route?.channel === 'bearer') return errorBearer(error, context, dpopChallenge(core));
  // RFC 7592 §2: a bearer token without a proof of a key.
  if (route?.channel === 'registration' && error.refusal.status === 401)
    return errorBearer(error, context, undefined);
  return errorJson(error, context);
}

/** A user who mistyped an address gets a page, because programs do not ask for HTML. */
function unknownRoute({ headers }: HttpRequest): Pick<Route, 'channel'> {
  return { channel: headers['accept']?.includes('text/html') === true ? 'page' : 'json' };
}

/**
 * If a store cannot write, the fault is temporary, and the answer says when to try again. Anything
 * else is a bug.
 */
function faultOf(thrown: unknown): OAuthError {
  const unavailable = thrown instanceof Error && thrown.name === 'StoreUnavailableError';
  return unavailable
    ? new OAuthError('overloaded', { retryAfterSeconds: 2 })
    : new OAuthError('fault');
}
