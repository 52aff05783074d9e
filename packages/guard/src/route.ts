/** What one route asks of a request: a caller, its scopes, a resource that exists, and a decision about the three. */
import type { RefusalAnswer } from './answer.ts';
import type { Caller } from './caller.ts';
import type { Credentials } from './credentials.ts';
import { GuardRefusal, type RefusalDetail } from './guard-refusal.ts';

export interface Decision<Resource> {
  readonly subject: string;
  readonly action: string;
  readonly resource: Resource;
  readonly caller: Caller;
}

export interface RouteOptions<Request, Resource = undefined, Optional extends boolean = false> {
  /** All of these must be in the token. */
  readonly scope?: string | readonly string[];
  /** The name of what is done here, for the decision and the log. By default the scope. */
  readonly action?: string;
  /** Loads what the request is about, after token and scope were checked; undefined is answered with 404. */
  readonly resource?: (
    request: Request,
    caller: Caller,
  ) => Resource | undefined | Promise<Resource | undefined>;
  /** Whether this caller may do this to this resource. Anything but `true` is answered with 403. */
  readonly can?: (decision: Decision<Resource>) => boolean | Promise<boolean>;
  /** Lets requests without a token pass, with no caller. A bad token is refused all the same. Not with `can`, `scope`, `resource`. */
  readonly optional?: Optional;
  /** Takes the token from the query as well (RFC 6750 §2.3): it will stand in logs and histories. For downloads only. */
  readonly queryToken?: boolean;
  /**
   * Takes the token from a form body as well, which is then read by the guard and given to the handler as `form`. True by
   * default; false leaves the body alone.
   */
  readonly formToken?: boolean;
}

/** What a handler is given. */
export interface Access<Resource, Optional extends boolean> {
  readonly caller: Optional extends true ? Caller | undefined : Caller;
  readonly resource: Resource;
  /** The form body, where there was one, without the token. */
  readonly form: URLSearchParams | undefined;
}

/** One route for adapters: what the framework carries goes in, an access or a refusal comes out. */
export interface Route<Request, Resource, Optional extends boolean> {
  readonly formToken: boolean;
  /**
   * At once where everything is at hand.
   * @throws GuardRefusal, JwtError (or rejects with them), and what loader and decision throw: give all to `refuse`
   */
  admit(
    credentials: Credentials,
    request: Request,
    form?: URLSearchParams,
  ): Access<Resource, Optional> | Promise<Access<Resource, Optional>>;
  /** Tells `onRefusal`, and says how to answer. */
  refuse(error: unknown): RefusalAnswer;
}

/** Route options as they are used, checked once. */
export interface Rule<Request, Resource> {
  readonly scopes: readonly string[];
  /** `scopes` as the challenge says them. */
  readonly scope: string | undefined;
  readonly action: string;
  readonly resource: RouteOptions<Request, Resource>['resource'];
  readonly can: RouteOptions<Request, Resource>['can'];
  readonly optional: boolean;
  readonly queryToken: boolean;
  readonly formToken: boolean;
}

/** RFC 6749 §3.3. */
const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/** @throws TypeError for what cannot be meant */
export function createRule<Request, Resource, Optional extends boolean>(
  options: RouteOptions<Request, Resource, Optional>,
): Rule<Request, Resource> {
  const { scope = [], resource, can, optional = false, queryToken = false, formToken = true } = options;
  const scopes = typeof scope === 'string' ? scope.split(' ') : scope;
  if (!scopes.every((one) => scopeToken.test(one)))
    throw new TypeError('scope: scopes are separated by one space.');
  if (optional && (scopes.length > 0 || can !== undefined || resource !== undefined)) {
    throw new TypeError(
      'optional: a caller that may be absent cannot be asked for scope, resource or decision.',
    );
  }
  const joined = scopes.length === 0 ? undefined : scopes.join(' ');
  const action = options.action ?? joined ?? 'access';
  return { scopes, scope: joined, action, resource, can, optional, queryToken, formToken };
}

/**
 * Checks scope, resource and decision, in this order: nobody learns whether a resource exists who may not ask. Answers
 * the resource; at once where everything is.
 * @throws GuardRefusal `scope_insufficient`, `path_unknown`, `resource_forbidden`; whatever loader and decision throw
 */
export function decide<Request, Resource>(
  rule: Rule<Request, Resource>,
  caller: Caller,
  request: Request,
): Resource | Promise<Resource> {
  for (const scope of rule.scopes) {
    if (!caller.scopes.has(scope)) throw refuse('scope_insufficient', rule, caller);
  }
  if (rule.resource === undefined) return judge(rule, caller, undefined as Resource);
  const loaded = rule.resource(request, caller);
  if (loaded instanceof Promise) return loaded.then((found) => judgeFound(rule, caller, found));
  return judgeFound(rule, caller, loaded);
}

function judgeFound<Request, Resource>(
  rule: Rule<Request, Resource>,
  caller: Caller,
  found: Resource | undefined,
): Resource | Promise<Resource> {
  if (found === undefined) throw refuse('path_unknown', rule, caller);
  return judge(rule, caller, found);
}

function judge<Request, Resource>(
  rule: Rule<Request, Resource>,
  caller: Caller,
  resource: Resource,
): Resource | Promise<Resource> {
  if (rule.can === undefined) return resource;
  const verdict = rule.can({ subject: caller.subject, action: rule.action, resource, caller });
  if (verdict instanceof Promise) return verdict.then((late) => settle(late, rule, caller, resource));
  return settle(verdict, rule, caller, resource);
}

/** Exactly true: a decision that forgets to return lets nobody through. */
function settle<Request, Resource>(
  verdict: unknown,
  rule: Rule<Request, Resource>,
  caller: Caller,
  resource: Resource,
): Resource {
  if (verdict !== true) throw refuse('resource_forbidden', rule, caller);
  return resource;
}

function refuse<Request, Resource>(
  reason: 'scope_insufficient' | 'path_unknown' | 'resource_forbidden',
  { action, scope }: Rule<Request, Resource>,
  { subject, clientId, tokenId }: Caller,
): GuardRefusal {
  const detail: RefusalDetail = { action, subject, clientId, tokenId };
  return new GuardRefusal(reason, scope === undefined ? detail : { ...detail, scope });
}
