/**
 * Asks a decision point over HTTP for a route's `can`: the AuthZEN Authorization API 1.0, of
 * Keywright or of another server. Without an answer the request is refused with 503, and never
 * permitted.
 */
import {
  BoundedMap,
  createOutbound,
  type JsonObject,
  type Outbound,
  OutboundError,
  type OutboundReply,
} from '@keywright/jwt';
import { isPrivateLine, webAddressOf } from './api-address.ts';
import type { Caller } from './caller.ts';
import { GuardRefusal } from './guard-refusal.ts';
import {
  any,
  asked,
  assertKinds,
  call,
  type KindsOf,
  number,
  object,
  text,
} from './option-kinds.ts';
import type { Decision, Verdict } from './route.ts';
import { safeListener } from './safe-listener.ts';

/**
 * A subject or resource as a decision point knows it (AuthZEN Authorization API 1.0 §5.1, §5.3).
 */
export interface AuthZenEntity {
  readonly type: string;
  readonly id: string;
  readonly properties?: JsonObject;
}

/**
 * The address of the decision point, and the names that it uses for the facts of a request. Times
 * are in seconds where the name says so.
 */
export interface AuthZenOptions<Resource> {
  /**
   * The address of the decision point, or of its metadata (`…/.well-known/authzen-configuration…`).
   * For Keywright, this is the issuer.
   */
  readonly url: string;
  /**
   * The access token of this API for the decision point. With `drop`, a token that got 401 is
   * replaced once.
   */
  readonly token: (() => string | Promise<string>) & { drop?(token: string): void };
  /** The resource as the decision point names it, with the properties that its policies use. */
  readonly resource: (resource: Resource) => AuthZenEntity;
  /**
   * The issuer whose users and services the decision point knows. Default: the address of the
   * decision point. Callers of other issuers are denied.
   */
  readonly issuer?: string;
  /**
   * The subject as the decision point names it, instead of `user` or `client` with the caller's id.
   * Then `issuer` is not checked.
   */
  readonly subject?: (decision: Decision<Resource>) => AuthZenEntity;
  readonly context?: (decision: Decision<Resource>) => JsonObject;
  /**
   * How long an answer is remembered, and so how late a change takes effect. Default: 0, which asks
   * each time.
   */
  readonly cacheSeconds?: number;
  /** Default: 3 s, 64 KiB, no redirects. */
  readonly outbound?: Outbound;
  /** In milliseconds. */
  readonly clock?: () => number;
  /** Receives the reason why the decision point could not be asked. Its errors are ignored. */
  readonly onFailed?: (error: unknown) => void;
}

/**
 * Requests in progress. Further ones are refused, so that a slow decision point does not fill this
 * API's memory.
 */
const mostPending = 200;
const mostRemembered = 5000;
const wellKnown = '/.well-known/authzen-configuration';

/**
 * Makes a `can` for routes that asks a decision point over HTTP (AuthZEN Authorization API 1.0), of
 * Keywright or of another server. Only `"decision": true` permits. Every other answer is a denial.
 * Does not understand obligations, and does not check the content of policies.
 *
 * The function rejects with GuardRefusal `decision_unavailable` (503) if the decision point cannot
 * be asked, or if 200 questions are in progress.
 * @throws TypeError for options that are missing, misspelt or of another kind, with all of their
 *   faults
 * @example
 * ```ts
 * import { createAuthZen, createClientCredentialsToken, createGuard } from '@keywright/guard';
 *
 * const issuer = 'https://login.example.com';
 * const guard = createGuard({ issuer, audience: 'https://api.example.com' });
 * const can = createAuthZen<{ readonly id: string }>({
 *   url: issuer,
 *   token: createClientCredentialsToken({
 *     issuer,
 *     clientId: 'buildings-api',
 *     clientSecret: process.env['CLIENT_SECRET'] ?? '',
 *     resource: `${issuer}/admin`,
 *     scope: 'permissions:check',
 *   }),
 *   resource: ({ id }) => ({ type: 'building', id }),
 * });
 * export const readBuilding = guard.node(
 *   { scope: 'buildings:read', resource: () => ({ id: 'b-101' }), can },
 *   (_request, response, { resource }) => response.end(resource.id),
 * );
 * ```
 */
export function createAuthZen<Resource>(
  options: AuthZenOptions<Resource>,
): (decision: Decision<Resource>) => Promise<Verdict> {
  assertKinds(options, kinds, ['token', 'resource']);
  const point = createDecisionPoint(options);
  const { cacheSeconds = 0, clock = Date.now } = options;
  const remembered = new BoundedMap<string, { readonly verdict: Verdict; readonly until: number }>(
    mostRemembered,
  );
  return async (decision) => {
    if (
      options.subject === undefined &&
      decision.caller.issuer !== (options.issuer ?? point.identifier)
    ) {
      return { allowed: false, why: 'the caller and the decision point have different issuers' };
    }
    const question = JSON.stringify(questionOf(decision, options));
    const known = cacheSeconds > 0 ? remembered.get(question) : undefined;
    if (known !== undefined && clock() < known.until) return known.verdict;
    const verdict = await point.ask(question);
    if (cacheSeconds > 0)
      remembered.set(question, { verdict, until: clock() + cacheSeconds * 1000 });
    return verdict;
  };
}

const kinds: KindsOf<AuthZenOptions<unknown>> = {
  // Checked where it is parsed.
  url: any,
  token: asked(call),
  resource: asked(call),
  issuer: text,
  subject: call,
  context: call,
  cacheSeconds: number,
  outbound: object,
  clock: call,
  onFailed: call,
};

function questionOf<Resource>(decision: Decision<Resource>, options: AuthZenOptions<Resource>) {
  return {
    subject: options.subject?.(decision) ?? subjectOf(decision.caller),
    action: { name: decision.action },
    resource: options.resource(decision.resource),
    context: options.context?.(decision),
  };
}

function subjectOf({ kind, subject }: Caller): AuthZenEntity {
  return { type: kind === 'user' ? 'user' : 'client', id: subject };
}

interface DecisionPoint {
  readonly identifier: string;
  ask(question: string): Promise<Verdict>;
}

function createDecisionPoint<Resource>(options: AuthZenOptions<Resource>): DecisionPoint {
  const { outbound = createOutbound({ timeoutSeconds: 3, maxBytes: 65_536 }) } = options;
  const onFailed = safeListener(options.onFailed);
  const { identifier, findEndpoint } = locate(options.url, outbound);
  let pending = 0;

  async function send(question: string, token: string): Promise<OutboundReply> {
    return outbound.send(await findEndpoint(), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: question,
      accept: 'application/json',
    });
  }

  async function sendWithToken(question: string): Promise<OutboundReply> {
    const token = await options.token();
    try {
      return await send(question, token);
    } catch (error) {
      const refused = error instanceof OutboundError && error.status === 401;
      if (!refused || options.token.drop === undefined) throw error;
      options.token.drop(token);
      return send(question, await options.token());
    }
  }

  return {
    identifier,
    async ask(question) {
      if (pending >= mostPending) throw unavailable('too many questions at once');
      pending += 1;
      try {
        return read(JSON.parse((await sendWithToken(question)).text));
      } catch (error) {
        onFailed(error);
        // This error's message names only the host. The message of a token function could contain
        // anything.
        throw unavailable(
          error instanceof OutboundError ? error.message : 'no token or no answer',
          error,
        );
      } finally {
        pending -= 1;
      }
    },
  };
}

function unavailable(note: string, cause?: unknown): GuardRefusal {
  return new GuardRefusal('decision_unavailable', { note }, { cause });
}

/** Authorization API 1.0 §5.5. */
function read(answer: unknown): Verdict {
  const { decision, context } = (answer ?? {}) as {
    readonly decision?: unknown;
    readonly context?: unknown;
  };
  const { reason } = (context ?? {}) as { readonly reason?: unknown };
  const why = typeof reason === 'string' ? reason.slice(0, 500) : undefined;
  // Exactly true: "true", 1 and similar values do not permit.
  if (decision === true) return { allowed: true, why };
  return {
    allowed: false,
    why: why ?? (decision === false ? undefined : 'the decision point gave no decision'),
  };
}

interface Location {
  readonly identifier: string;
  readonly findEndpoint: () => string | Promise<string>;
}

/**
 * §10.1: the endpoint of the metadata, if it is named there. Otherwise the default path below the
 * address.
 */
function locate(text: string, outbound: Outbound): Location {
  const url = typeof text === 'string' ? webAddressOf(text) : undefined;
  if (url === undefined || url.search !== '' || url.hash !== '')
    throw new TypeError('url: an https address without query and fragment.');
  if (!isPrivateLine(url)) throw new TypeError('url: over http only on this host.');
  if (!url.pathname.startsWith(wellKnown)) {
    const identifier = text.replace(/\/$/, '');
    return { identifier, findEndpoint: () => `${identifier}/access/v1/evaluation` };
  }
  // §9.2: the well-known part was inserted between host and path.
  const identifier = url.origin + url.pathname.slice(wellKnown.length);
  let found: Promise<string> | undefined;
  const findEndpoint = () =>
    (found ??= fetchEndpoint(text, identifier, outbound).catch((error: unknown) => {
      found = undefined;
      throw error;
    }));
  return { identifier, findEndpoint };
}

async function fetchEndpoint(
  address: string,
  identifier: string,
  { fetchJson }: Outbound,
): Promise<string> {
  const { body } = await fetchJson(address);
  const { policy_decision_point: point, access_evaluation_endpoint: endpoint } = (body ??
    {}) as Record<string, unknown>;
  // §9.2.3: they must be identical. Otherwise the server of this document could pass for another
  // decision point.
  if (point !== identifier) throw new TypeError('The metadata belong to another decision point.');
  const isUsable =
    typeof endpoint === 'string' && (endpoint.startsWith('https:') || address.startsWith('http:'));
  if (!isUsable) throw new TypeError('The metadata has no usable access_evaluation_endpoint.');
  return endpoint;
}
