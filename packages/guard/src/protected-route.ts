/**
 * One route, from the facts of a request to an access or a refusal: read the credential, recognize
 * or verify it, check its sender and its status, decide, answer.
 */
import { isForm, mayCarryForm, withoutAccessToken } from './access-token-parameter.ts';
import {
  asRefusal,
  createDecisionId,
  type RefusalAnswer,
  type RefusalEvent,
  renderRefusal,
} from './answer.ts';
import { pathOf } from './api-address.ts';
import type { Caller } from './caller.ts';
import type { Challenger } from './challenge.ts';
import { findCredential, schemeOf } from './credentials.ts';
import { decide } from './decide.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { Identifier } from './identify.ts';
import type { Presented } from './presented.ts';
import type { Access, Route, RouteOptions } from './route.ts';
import { createRule, type PlainRule } from './rule.ts';

export interface RouteParts {
  readonly identifier: Identifier;
  readonly challenger: Challenger;
  readonly hasApiKeys: boolean;
  readonly maxFormBytes: number;
  readonly clock: () => number;
  readonly onRefusal: (event: RefusalEvent) => void;
}

/** @throws TypeError for invalid options */
export function createRoute<Request, Resource, Optional extends boolean>(
  parts: RouteParts,
  options: RouteOptions<Request, Resource, Optional>,
): Route<Request, Resource, Optional> {
  const rule = createRule(options, parts.hasApiKeys);
  const { identifier, maxFormBytes, clock } = parts;
  type Granted = Access<Resource, Optional>;

  async function walk(
    presented: Presented,
    request: Request,
    form: URLSearchParams | undefined,
  ): Promise<Granted> {
    const rest = form && withoutAccessToken(form);
    const found = findCredential(presented, form, rule);
    if (found === undefined) return admitAnonymous(rule, rest) as Granted;
    const { caller, headers } = await identifier.identify(found, presented, rule.plainApiKey);
    const resource = await decide(rule, caller, request, clock);
    const said = found.isInQuery ? { ...hiddenAddress, ...headers } : headers;
    return { caller, resource, form: rest, headers: said };
  }

  return {
    maxFormBytes,
    // The method is checked first: Node builds its object of headers at the first use, which a GET
    // does not need.
    wantsForm: (presented) =>
      rule.formToken && mayCarryForm(presented.method) && isForm(presented.header('content-type')),
    admit(presented, request, form) {
      const caller = identifier.known(presented, form);
      if (caller === undefined) return walk(presented, request, form);
      const rest = form && withoutAccessToken(form);
      const resource = decide(rule, caller, request, clock);
      if (resource instanceof Promise) return grantLate(caller, resource, rest);
      return { caller, resource, form: rest, headers: undefined };
    },
    refuse: (error, presented) => refuse(parts, error, rule, presented),
  };
}

async function grantLate<Resource>(
  caller: Caller,
  late: Promise<Resource>,
  form: URLSearchParams | undefined,
) {
  return { caller, resource: await late, form, headers: undefined };
}

/**
 * RFC 6750 §2.3: the address contains a token, so neither the address nor the answer may be stored.
 */
const hiddenAddress = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const;

function admitAnonymous({ optional, scope }: PlainRule, form: URLSearchParams | undefined) {
  if (optional) return { caller: undefined, resource: undefined, form, headers: undefined };
  throw new GuardRefusal('token_missing', scope === undefined ? {} : { scope });
}

/** Calls `onRefusal` and makes the answer. */
export function refuse(
  { challenger, onRefusal }: RouteParts,
  error: unknown,
  { scope, apiKeys }: Pick<PlainRule, 'scope' | 'apiKeys'>,
  presented: Presented | undefined,
): RefusalAnswer {
  const refused = asRefusal(error, scope);
  const decision = createDecisionId();
  const { reason, refusal, detail, cause } = refused;
  onRefusal({
    ...detail,
    ...(reason === 'fault' ? { error: cause } : {}),
    ...(presented === undefined
      ? {}
      : { method: presented.method, path: pathOf(presented.target) }),
    reason,
    status: refusal.status,
    decision,
  });
  const used = schemeOf(presented?.header('authorization'));
  return renderRefusal(refused, challenger, { used, apiKeys }, decision);
}
