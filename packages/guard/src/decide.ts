/** Whether a known caller may do what a route does: the sign-in, the scopes, the resource, its details, the decision. */
import type { JsonObject } from '@keywright/jwt';
import type { ResourceReason } from '@keywright/wire';
import type { Caller } from './caller.ts';
import { GuardRefusal, type RefusalDetail } from './guard-refusal.ts';
import type { Decision, DetailType } from './route.ts';
import type { Rule } from './rule.ts';

/**
 * Checks in this order: nobody learns whether a resource exists who may not ask. Answers the resource; at once where
 * everything is at hand.
 * @throws GuardRefusal (or rejects with it) `authentication_insufficient`, `scope_insufficient`, `path_unknown`,
 * `detail_insufficient`, `resource_forbidden`; what the route's own functions throw of that kind; `fault` for all else they throw
 */
export function decide<Request, Resource>(
  rule: Rule<Request, Resource>,
  caller: Caller,
  request: Request,
  clock: () => number,
): Resource | Promise<Resource> {
  if (rule.acr !== undefined || rule.maxAgeSeconds !== undefined) assertSignIn(rule, caller, clock());
  for (const scope of rule.scopes) {
    if (!caller.scopes.has(scope)) throw refuse('scope_insufficient', rule, caller, missingOf(rule, caller));
  }
  try {
    const resource = loadAndJudge(rule, caller, request);
    return resource instanceof Promise
      ? resource.catch((error: unknown) => {
          throw own(error, rule, caller);
        })
      : resource;
  } catch (error) {
    throw own(error, rule, caller);
  }
}

function missingOf<Request, Resource>({ scopes }: Rule<Request, Resource>, caller: Caller): string {
  return `missing: ${scopes.filter((one) => !caller.scopes.has(one)).join(' ')}`;
}

/**
 * An error of the route's own functions. A refusal keeps its reason (`decision_unavailable`, say); anything else is a fault of
 * the API: also a JwtError, which here says nothing about the token of this request.
 */
function own<Request, Resource>(error: unknown, rule: Rule<Request, Resource>, caller: Caller): GuardRefusal {
  const detail = whoIs(rule, caller);
  if (!(error instanceof GuardRefusal)) return new GuardRefusal('fault', detail, { cause: error });
  if (error.detail.subject !== undefined) return error;
  return new GuardRefusal(error.reason, { ...detail, ...error.detail }, error);
}

/** RFC 9470 §3. A caller that did not sign in (a service, an API key) cannot have signed in well enough. */
function assertSignIn<Request, Resource>(rule: Rule<Request, Resource>, caller: Caller, now: number): void {
  const { acr, auth_time: signedInAt } = caller.claims;
  const { acr: wanted, maxAgeSeconds } = rule;
  const isStrong = wanted === undefined || (typeof acr === 'string' && wanted.includes(acr));
  const isRecent = maxAgeSeconds === undefined || isWithin(signedInAt, maxAgeSeconds, now);
  if (isStrong && isRecent) return;
  throw new GuardRefusal('authentication_insufficient', {
    ...whoIs(rule, caller),
    ...(wanted === undefined ? {} : { acrValues: wanted.join(' ') }),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  });
}

/** Clocks differ by seconds: a sign-in that lies ahead is one of just now, unless it lies far ahead. */
const aheadSeconds = 60;

function isWithin(signedInAt: unknown, maxAgeSeconds: number, now: number): boolean {
  if (typeof signedInAt !== 'number') return false;
  const age = now / 1000 - signedInAt;
  return age <= maxAgeSeconds && age >= -aheadSeconds;
}

function loadAndJudge<Request, Resource>(
  rule: Rule<Request, Resource>,
  caller: Caller,
  request: Request,
): Resource | Promise<Resource> {
  if (rule.resource === undefined) return judge(rule, caller, undefined as Resource);
  const loaded = rule.resource(request, caller);
  return isLate(loaded)
    ? Promise.resolve(loaded).then((found) => judgeFound(rule, caller, found))
    : judgeFound(rule, caller, loaded);
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
  const { action, detail, can } = rule;
  if (detail === undefined && can === undefined) return resource;
  const decision = { subject: caller.subject, action, resource, caller };
  if (detail !== undefined && !isCovered(detail, decision)) throw refuse('detail_insufficient', rule, caller);
  if (can === undefined) return resource;
  const verdict = can(decision);
  return isLate(verdict)
    ? Promise.resolve(verdict).then((late) => settle(late, rule, caller, resource))
    : settle(verdict, rule, caller, resource);
}

/** Databases have promises of their own. One that is taken for what it promises would be a resource that always exists. */
function isLate<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** RFC 9396 §9: the resource server enforces what was granted. That it is a list of objects was checked with the token. */
function isCovered<Resource>(kind: DetailType<Resource>, decision: Decision<Resource>): boolean {
  const { authorization_details: details = [] } = decision.caller.claims;
  return (details as readonly JsonObject[]).some((detail) => {
    if (detail['type'] !== kind.type) return false;
    // Exactly true: a promise, say, has not said anything yet.
    const covers: unknown = kind.covers(detail, decision);
    return covers === true;
  });
}

/** Exactly true: a decision that forgets to return lets nobody through. */
function settle<Request, Resource>(
  verdict: unknown,
  rule: Rule<Request, Resource>,
  caller: Caller,
  resource: Resource,
): Resource {
  if (verdict === true) return resource;
  const { allowed, why } = (verdict ?? {}) as { readonly allowed?: unknown; readonly why?: unknown };
  if (allowed === true) return resource;
  throw refuse('resource_forbidden', rule, caller, typeof why === 'string' ? why : undefined);
}

function refuse<Request, Resource>(
  reason: ResourceReason,
  rule: Rule<Request, Resource>,
  caller: Caller,
  note?: string,
): GuardRefusal {
  const detail = whoIs(rule, caller);
  return new GuardRefusal(reason, note === undefined ? detail : { ...detail, note });
}

function whoIs<Request, Resource>(
  { action, scope }: Rule<Request, Resource>,
  { issuer, subject, clientId, tokenId }: Caller,
): RefusalDetail {
  return { action, issuer, subject, clientId, tokenId, ...(scope === undefined ? {} : { scope }) };
}
