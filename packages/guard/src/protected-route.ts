/** One route, from the facts of a request to an access or a refusal. */
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
import { credentialsOf, findCredential, onlyHeaderOf, schemeOf } from './credentials.ts';
import { decide } from './decide.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { Identified, Identifier } from './identify.ts';
import type { Presented } from './presented.ts';
import type { Access, Route, RouteOptions } from './route.ts';
import { createRule, type Rule } from './rule.ts';

export interface RouteParts {
  readonly identifier: Identifier;
  readonly challenger: Challenger;
  readonly hasApiKeys: boolean;
  readonly maxFormBytes: number;
  readonly clock: () => number;
  readonly onRefusal: (event: RefusalEvent) => void;
}

type Headers = Access<unknown, boolean>['headers'];

/** @throws TypeError for options that cannot be meant */
export function createRoute<Request, Resource, Optional extends boolean>(
  parts: RouteParts,
  options: RouteOptions<Request, Resource, Optional>,
): Route<Request, Resource, Optional> {
  const rule = createRule(options, parts.hasApiKeys);
  const { identifier } = parts;
  type Granted = Access<Resource, Optional>;

  function admit(presented: Presented, request: Request, form?: URLSearchParams) {
    const header = onlyHeaderOf(presented, form);
    const known = header === undefined ? undefined : identifier.known(header);
    const rest = form && withoutAccessToken(form);
    if (known !== undefined) return grant(known, request, rest, undefined);
    const found = findCredential(credentialsOf(presented, form), rule);
    if (found === undefined) return admitAnonymous(rule, rest) as Granted;
    const hidden = found.source === 'query' ? hiddenAddress : undefined;
    const identified = identifier.identify(found, presented, rule.plainApiKey, header);
    const proceed = ({ caller, headers }: Identified) =>
      grant(caller, request, rest, headers === undefined ? hidden : { ...hidden, ...headers });
    return identified instanceof Promise ? identified.then(proceed) : proceed(identified);
  }

  function grant(caller: Caller, request: Request, form: URLSearchParams | undefined, headers: Headers) {
    const resource = decide(rule, caller, request, parts.clock);
    if (resource instanceof Promise) {
      return resource.then((late) => ({ caller, resource: late, form, headers }));
    }
    return { caller, resource, form, headers } as Granted;
  }

  return {
    maxFormBytes: parts.maxFormBytes,
    // The method first: node builds its object of headers when it is first asked for one, and a GET need not pay that.
    wantsForm: (presented) =>
      rule.formToken && mayCarryForm(presented.method) && isForm(presented.header('content-type')),
    admit,
    refuse: (error, presented) => refuse(parts, error, rule, presented),
  };
}

/** RFC 6750 §2.3: the address holds a token, so neither it nor the answer may stay anywhere. */
const hiddenAddress = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const;

function admitAnonymous<Request, Resource>(rule: Rule<Request, Resource>, form: URLSearchParams | undefined) {
  if (rule.optional) return { caller: undefined, resource: undefined, form, headers: undefined };
  throw new GuardRefusal('token_missing', rule.scope === undefined ? {} : { scope: rule.scope });
}

/** Tells `onRefusal`, and says how to answer. */
export function refuse(
  { challenger, onRefusal }: RouteParts,
  error: unknown,
  { scope, apiKeys }: { readonly scope: string | undefined; readonly apiKeys: boolean },
  presented: Presented | undefined,
): RefusalAnswer {
  const refused = asRefusal(error, scope);
  const decision = createDecisionId();
  const { reason, refusal, detail, cause } = refused;
  onRefusal({
    ...detail,
    ...(reason === 'fault' ? { error: cause } : {}),
    ...(presented === undefined ? {} : { method: presented.method, path: pathOf(presented.target) }),
    reason,
    status: refusal.status,
    decision,
  });
  const used = schemeOf(presented?.header('authorization'));
  return renderRefusal(refused, challenger, { used, apiKeys }, decision);
}
