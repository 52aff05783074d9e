/** The guard of one API: verify, decide, challenge. Knows no framework; `node.ts` and `fetch.ts` carry it to two. */
import type { IncomingMessage } from 'node:http';
import type { OutboundFetch } from '@keywright/jwt';
import {
  asRefusal,
  createDecisionId,
  type RefusalAnswer,
  type RefusalEvent,
  renderRefusal,
} from './answer.ts';
import { type Authenticator, createAuthenticator } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { type Credentials, findToken } from './credentials.ts';
import { createFetchAdapter, type FetchHandler } from './fetch.ts';
import { GuardRefusal } from './guard-refusal.ts';
import { createIssuerKeys, type KeySource } from './issuer-keys.ts';
import { createNodeAdapter, type NodeHandler, type NodeListener } from './node.ts';
import { type Access, createRule, decide, type Route, type RouteOptions, type Rule } from './route.ts';

export interface GuardOptions {
  /** The authorization server's issuer identifier, exactly as its metadata states it. */
  readonly issuer: string;
  /** The identifier of this API: what tokens must be issued for. Stands in challenges as the realm. */
  readonly audience: string;
  /** Where the issuer's keys are. By default its metadata is asked. */
  readonly keys?: KeySource;
  /** How keys and metadata are fetched; by default within 5 s and 1 MiB, without redirects. */
  readonly fetch?: OutboundFetch;
  /** In milliseconds. */
  readonly clock?: () => number;
  /** 5 by default. */
  readonly clockToleranceSeconds?: number;
  /** How many verified tokens are remembered; 10 000 by default, 0 for none. */
  readonly cacheEntries?: number;
  /** Longest form body that is read for a token; 65 536 by default. */
  readonly maxFormBytes?: number;
  /** Allows an issuer over http on other hosts than this one. The keys then come from whoever is on the line. */
  readonly dangerouslyAllowHttpIssuer?: boolean;
  /** Told of every refusal. Must not throw. */
  readonly onRefusal?: (event: RefusalEvent) => void;
  /** Told each time keys or metadata cannot be had. */
  readonly onKeysFailed?: (error: unknown) => void;
}

export interface Guard {
  /** The caller that the credentials prove; the query is not looked at. @throws GuardRefusal, JwtError (or rejects with them) */
  authenticate(credentials: Credentials): Caller | Promise<Caller>;
  /** How to answer an error of `authenticate`. Tells `onRefusal`. */
  refuse(error: unknown): RefusalAnswer;
  /** A route for a framework of one's own. */
  route<Request, Resource = undefined, Optional extends boolean = false>(
    options: RouteOptions<Request, Resource, Optional>,
  ): Route<Request, Resource, Optional>;
  /** A protected listener for node:http. */
  node<Resource = undefined, Optional extends boolean = false>(
    options: RouteOptions<IncomingMessage, Resource, Optional>,
    handler: NodeHandler<Resource, Optional>,
  ): NodeListener;
  /** A protected handler of web-standard requests. */
  fetch<Resource = undefined, Optional extends boolean = false>(
    options: RouteOptions<Request, Resource, Optional>,
    handler: FetchHandler<Resource, Optional>,
  ): (request: Request) => Promise<Response>;
}

interface Parts {
  readonly authenticator: Authenticator;
  readonly realm: string;
  readonly onRefusal: (event: RefusalEvent) => void;
}

/**
 * Creates the guard of one API. Goes out for keys at the first token, not before. Does not look at whether a token was
 * revoked: access tokens are short-lived and say all by themselves (RFC 9068).
 * @throws TypeError for options that cannot be meant
 */
export function createGuard(options: GuardOptions): Guard {
  assertOptions(options);
  const parts = createParts(options);
  const maxFormBytes = options.maxFormBytes ?? 65_536;
  const route: Guard['route'] = (routeOptions) => createRoute(parts, routeOptions);
  return {
    authenticate: (credentials) => authenticate(parts, credentials),
    refuse: (error) => refuse(parts, error, undefined),
    route,
    node: (routeOptions, handler) => createNodeAdapter(route(routeOptions), maxFormBytes, handler),
    fetch: (routeOptions, handler) => createFetchAdapter(route(routeOptions), maxFormBytes, handler),
  };
}

function createParts(options: GuardOptions): Parts {
  const { issuer, audience, clock = Date.now, clockToleranceSeconds = 5, cacheEntries = 10_000 } = options;
  const { fetch, onKeysFailed } = options;
  const keys = createIssuerKeys({ issuer, keys: options.keys, fetch, clock, onKeysFailed });
  return {
    authenticator: createAuthenticator({
      issuer,
      audience,
      keys,
      clock,
      clockToleranceSeconds,
      cacheEntries,
    }),
    realm: audience,
    onRefusal: options.onRefusal ?? (() => {}),
  };
}

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

function assertOptions({ issuer, audience, dangerouslyAllowHttpIssuer = false }: GuardOptions): void {
  const url = URL.parse(issuer);
  if (url === null || !['https:', 'http:'].includes(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new TypeError('issuer: an https address without query and fragment (RFC 8414 §2).');
  }
  if (url.protocol === 'http:' && !loopbackHosts.has(url.hostname) && !dangerouslyAllowHttpIssuer) {
    throw new TypeError('issuer: over http only on this host, or with dangerouslyAllowHttpIssuer.');
  }
  // It is quoted in challenges (RFC 9110 §5.6.4).
  if (!/^[\x21\x23-\x5B\x5D-\x7E]+$/.test(audience)) {
    throw new TypeError(
      'audience: the identifier of this API, in printable ASCII without spaces and quotes.',
    );
  }
}

function authenticate(parts: Parts, credentials: Credentials): Caller | Promise<Caller> {
  const found = findToken(credentials, false);
  if (found === undefined) throw new GuardRefusal('token_missing');
  return parts.authenticator.authenticate(found.token);
}

function refuse(parts: Parts, error: unknown, scope: string | undefined): RefusalAnswer {
  const refused = asRefusal(error, scope);
  const decision = createDecisionId();
  const { reason, refusal, detail } = refused;
  const fault = reason === 'fault' ? { error } : {};
  parts.onRefusal({ ...detail, ...fault, reason, status: refusal.status, decision });
  return renderRefusal(refused, parts.realm, decision);
}

function createRoute<Request, Resource, Optional extends boolean>(
  parts: Parts,
  options: RouteOptions<Request, Resource, Optional>,
): Route<Request, Resource, Optional> {
  const rule = createRule(options);
  type Granted = Access<Resource, Optional>;

  function admit(credentials: Credentials, request: Request, form?: URLSearchParams) {
    const header = onlyHeader(credentials);
    const known = header === undefined ? undefined : parts.authenticator.known(header);
    if (known !== undefined) return grant(known, request, form);
    const found = findToken(credentials, rule.queryToken);
    if (found === undefined) return anonymousAccess(rule, form) as Granted;
    const caller = parts.authenticator.authenticate(found.token, header);
    return caller instanceof Promise
      ? caller.then((late) => grant(late, request, form))
      : grant(caller, request, form);
  }

  function grant(caller: Caller, request: Request, form: URLSearchParams | undefined) {
    const resource = decide(rule, caller, request);
    if (resource instanceof Promise) return resource.then((late) => ({ caller, resource: late, form }));
    return { caller, resource, form } as Granted;
  }

  return { formToken: rule.formToken, admit, refuse: (error) => refuse(parts, error, rule.scope) };
}

function onlyHeader({ authorizationHeader, formTokens, queryTokens }: Credentials): string | undefined {
  return formTokens === undefined && queryTokens === undefined ? authorizationHeader : undefined;
}

function anonymousAccess<Request, Resource>(
  rule: Rule<Request, Resource>,
  form: URLSearchParams | undefined,
) {
  if (rule.optional) return { caller: undefined, resource: undefined, form };
  throw new GuardRefusal('token_missing', rule.scope === undefined ? {} : { scope: rule.scope });
}
