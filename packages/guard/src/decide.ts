/**
 * Whether a known caller may use a route: the sign-in, the scopes, the resource, its details, the
 * decision.
 */
import type { JsonObject } from '@keywright/jwt';
import type { ResourceReason } from '@keywright/wire';
import type { Caller } from './caller.ts';
import { GuardRefusal, type RefusalDetail } from './guard-refusal.ts';
import type { Decision, DetailType } from './route.ts';
import type { PlainRule, Rule } from './rule.ts';

/**
 * Checks in this order, so that a caller that may not ask does not learn whether a resource exists.
 * Answers the resource, at once if the route's own functions answer at once.
 * @throws GuardRefusal (or rejects with it) `authentication_insufficient`, `scope_insufficient`,
 *   `path_unknown`, `detail_insufficient`, `resource_forbidden`; a GuardRefusal of the route's own
 *   functions; `fault` for every other error of theirs
 */
export function decide<Request, Resource>(
  rule: Rule<Request, Resource>,
  caller: Caller,
  request: Request,
  clock: () => number,
): Resource | Promise<Resource> {
  if (rule.acr !== undefined || rule.maxAgeSeconds !== undefined) {
    assertSignIn(rule, caller, clock());
  }
  for (const scope of rule.scopes) {
    if (!caller.scopes.has(scope))
      throw refuse('scope_insufficient', rule, caller, missingOf(rule, caller));
  }
  try {
    const resource = rule.resource?.(request, caller);
    if (isLate(resource)) return decideLate(rule, caller, resource);
    const verdict = judge(rule, caller, resource);
    if (isLate(verdict)) return decideLate(rule, caller, resource, verdict);
    return settle(verdict, rule, caller, resource);
  } catch (error) {
    throw own(error, rule, caller);
  }
}

/** The same, from the point where a function of the route answers later. */
async function decideLate<Request, Resource>(
  rule: Rule<Request, Resource>,
  caller: Caller,
  loading: Loaded<Resource> | PromiseLike<Loaded<Resource>>,
  judging?: PromiseLike<unknown>,
): Promise<Resource> {
  try {
    const resource = await loading;
    return settle(await (judging ?? judge(rule, caller, resource)), rule, caller, resource);
  } catch (error) {
    throw own(error, rule, caller);
  }
}

type Loaded<Resource> = Resource | undefined;

function missingOf({ scopes }: PlainRule, caller: Caller): string {
  return `missing: ${scopes.filter((one) => !caller.scopes.has(one)).join(' ')}`;
}

/**
 * An error of the route's own functions. A refusal keeps its reason (for example
 * `decision_unavailable`). Any other error is a fault of the API. This includes a JwtError, which
 * here says nothing about the token of this request.
 */
function own(error: unknown, rule: PlainRule, caller: Caller): GuardRefusal {
  const detail = whoIs(rule, caller);
  if (!(error instanceof GuardRefusal)) return new GuardRefusal('fault', detail, { cause: error });
  if (error.detail.subject !== undefined) return error;
  return new GuardRefusal(error.reason, { ...detail, ...error.detail }, error);
}

/**
 * RFC 9470 §3. A caller that did not sign in (a service, an API key) does not meet a demand about
 * the sign-in.
 */
function assertSignIn(rule: PlainRule, caller: Caller, now: number): void {
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

/** Clocks differ by seconds. A sign-in in the near future counts as one of this moment. */
const aheadSeconds = 60;

function isWithin(signedInAt: unknown, maxAgeSeconds: number, now: number): boolean {
  if (typeof signedInAt !== 'number') return false;
  const age = now / 1000 - signedInAt;
  return age <= maxAgeSeconds && age >= -aheadSeconds;
}

/** Asks the route's own `can`, after the resource and its details. */
function judge<Request, Resource>(
  rule: Rule<Request, Resource>,
  caller: Caller,
  found: Loaded<Resource>,
): unknown {
  const { action, detail, can } = rule;
  if (rule.resource !== undefined && found === undefined)
    throw refuse('path_unknown', rule, caller);
  if (detail === undefined && can === undefined) return true;
  const decision = { subject: caller.subject, action, resource: found as Resource, caller };
  if (detail !== undefined && !isCovered(detail, decision))
    throw refuse('detail_insufficient', rule, caller);
  return can === undefined || can(decision);
}

/**
 * Database libraries have their own promises. A promise that is taken for its value would be a
 * resource that always exists.
 */
function isLate<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/**
 * RFC 9396 §9: the resource server enforces what was granted. The check of the token has ensured a
 * list of objects.
 */
function isCovered<Resource>(kind: DetailType<Resource>, decision: Decision<Resource>): boolean {
  const { authorization_details: details = [] } = decision.caller.claims;
  return (details as readonly JsonObject[]).some((detail) => {
    if (detail['type'] !== kind.type) return false;
    // Exactly true: a promise, for example, is not an answer.
    const covers: unknown = kind.covers(detail, decision);
    return covers === true;
  });
}

/** Exactly true: a decision function that forgets to return denies. */
function settle<Resource>(
  verdict: unknown,
  rule: PlainRule,
  caller: Caller,
  resource: Loaded<Resource>,
): Resource {
  if (verdict === true) return resource as Resource;
  const { allowed, why } = (verdict ?? {}) as {
    readonly allowed?: unknown;
    readonly why?: unknown;
  };
  if (allowed === true) return resource as Resource;
  throw refuse('resource_forbidden', rule, caller, typeof why === 'string' ? why : undefined);
}

function refuse(
  reason: ResourceReason,
  rule: PlainRule,
  caller: Caller,
  note?: string,
): GuardRefusal {
  const detail = whoIs(rule, caller);
  return new GuardRefusal(reason, note === undefined ? detail : { ...detail, note });
}

function whoIs({ action, scope }: PlainRule, caller: Caller): RefusalDetail {
  const { issuer, subject, clientId, tokenId } = caller;
  return { action, issuer, subject, clientId, tokenId, ...(scope === undefined ? {} : { scope }) };
}
