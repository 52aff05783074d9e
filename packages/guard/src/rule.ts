/** Checked route options. They are checked once, when the route is created. */
import { assertNoFaults } from '@keywright/jwt';
import {
  asked,
  call,
  faultsOf,
  flag,
  hasCalls,
  isObject,
  isText,
  type KindsOf,
  text,
} from './option-kinds.ts';
import type { RouteOptions } from './route.ts';

/** The demands of a route, except its functions. */
export interface PlainRule {
  readonly scopes: readonly string[];
  /** `scopes` as the challenge writes them. */
  readonly scope: string | undefined;
  readonly action: string;
  readonly acr: readonly string[] | undefined;
  readonly maxAgeSeconds: number | undefined;
  readonly optional: boolean;
  readonly queryToken: boolean;
  readonly formToken: boolean;
  readonly apiKeys: boolean;
  readonly plainApiKey: boolean;
}

export interface Rule<Request, Resource> extends PlainRule {
  readonly resource: RouteOptions<Request, Resource>['resource'];
  readonly detail: RouteOptions<Request, Resource>['detail'];
  readonly can: RouteOptions<Request, Resource>['can'];
}

/** Demands on a caller. They are not allowed where there may be no caller. */
const askingNames = ['scope', 'resource', 'detail', 'can', 'acr', 'maxAgeSeconds'] as const;

/** RFC 6749 §3.3, and the values that RFC 9470 §3 writes between quotes, separated by spaces. */
function arePlainWords(list: unknown): boolean {
  const isPlain = (one: unknown) =>
    typeof one === 'string' && /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(one);
  return Array.isArray(list) && list.length > 0 && list.every(isPlain);
}

/**
 * A typing error in a check (`can: rules.mayRaed`) gives `undefined`, and the check would be
 * missing.
 */
const kinds: KindsOf<RouteOptions<unknown>> = {
  scope: [
    (value) => arePlainWords(scopesOf(value)),
    'one or several scopes, separated by one space.',
  ],
  resource: asked(call),
  detail: [
    (value) =>
      isObject(value) && isText((value as { type?: unknown }).type) && hasCalls('covers')(value),
    'an object with type and the function covers.',
  ],
  can: asked(call),
  acr: [arePlainWords, 'a list, in printable ASCII without spaces and quotes.'],
  maxAgeSeconds: [
    (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    'a whole number of seconds.',
  ],
  action: text,
  optional: flag,
  queryToken: flag,
  formToken: flag,
  apiKeys: flag,
  plainApiKey: flag,
};

function scopesOf(scope: unknown): unknown {
  return typeof scope === 'string' ? scope.split(' ') : scope;
}

/** @throws TypeError with all faults at once */
export function createRule<Request, Resource, Optional extends boolean>(
  options: RouteOptions<Request, Resource, Optional>,
  guardHasApiKeys: boolean,
): Rule<Request, Resource> {
  if (!isObject(options)) assertNoFaults(['the options of a route: an object, or {}.']);
  const { scope, resource, detail, can, acr, maxAgeSeconds, optional = false } = options;
  const { queryToken = false, formToken = true, apiKeys = true, plainApiKey = false } = options;
  const faults = [
    ...faultsOf(options, kinds, ''),
    ...optionalFaultsOf(options as RouteOptions<unknown, unknown, boolean>),
    ...apiKeyFaultsOf(apiKeys, plainApiKey, guardHasApiKeys),
  ];
  assertNoFaults(faults);
  const scopes = (scopesOf(scope) ?? []) as readonly string[];
  const joined = scopes.length === 0 ? undefined : scopes.join(' ');
  const taking = { queryToken, formToken, apiKeys: apiKeys && guardHasApiKeys, plainApiKey };
  const action = options.action ?? joined ?? 'access';
  return {
    scopes,
    scope: joined,
    action,
    resource,
    detail,
    can,
    acr,
    maxAgeSeconds,
    optional,
    ...taking,
  };
}

function optionalFaultsOf(options: RouteOptions<unknown, unknown, boolean>): readonly string[] {
  const isAsked = askingNames.some((name) => options[name] !== undefined);
  if (options.optional !== true || !isAsked) return [];
  return ['optional: a caller that may be absent cannot be asked for anything.'];
}

function apiKeyFaultsOf(
  apiKeys: boolean,
  plainApiKey: boolean,
  guardHasApiKeys: boolean,
): readonly string[] {
  if (!plainApiKey || (apiKeys && guardHasApiKeys)) return [];
  return ['plainApiKey: only where the guard has apiKeys, and the route takes them.'];
}
