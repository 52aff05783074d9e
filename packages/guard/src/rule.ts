/** Route options as they are used: checked once, when the route is made. */
import { unknownNamesOf } from './option-faults.ts';
import type { RouteOptions } from './route.ts';

export interface Rule<Request, Resource> {
  readonly scopes: readonly string[];
  /** `scopes` as the challenge says them. */
  readonly scope: string | undefined;
  readonly action: string;
  readonly resource: RouteOptions<Request, Resource>['resource'];
  readonly detail: RouteOptions<Request, Resource>['detail'];
  readonly can: RouteOptions<Request, Resource>['can'];
  readonly acr: readonly string[] | undefined;
  readonly maxAgeSeconds: number | undefined;
  readonly optional: boolean;
  readonly queryToken: boolean;
  readonly formToken: boolean;
  readonly apiKeys: boolean;
  readonly plainApiKey: boolean;
}

/** What asks something of a caller, and so cannot be asked where there may be none. */
const askingNames = ['scope', 'resource', 'detail', 'can', 'acr', 'maxAgeSeconds'] as const;
const switchNames = ['optional', 'queryToken', 'formToken', 'apiKeys', 'plainApiKey'] as const;
const names = [...askingNames, 'action', ...switchNames] as const;

/** RFC 6749 §3.3; and what RFC 9470 §3 puts between quotes, parted by spaces. */
const plainWord = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/** @throws TypeError for what cannot be meant, all of it at once */
export function createRule<Request, Resource, Optional extends boolean>(
  options: RouteOptions<Request, Resource, Optional>,
  guardHasApiKeys: boolean,
): Rule<Request, Resource> {
  const { scope = [], resource, detail, can, acr, maxAgeSeconds, optional = false } = options;
  const { queryToken = false, formToken = true, apiKeys = true, plainApiKey = false } = options;
  const scopes = typeof scope === 'string' ? scope.split(' ') : scope;
  const faults = [...faultsOf(options, scopes), ...apiKeyFaultsOf(apiKeys, plainApiKey, guardHasApiKeys)];
  if (faults.length > 0) throw new TypeError(faults.join('\n'));
  const joined = scopes.length === 0 ? undefined : scopes.join(' ');
  const taking = { queryToken, formToken, apiKeys: apiKeys && guardHasApiKeys, plainApiKey };
  const action = options.action ?? joined ?? 'access';
  return { scopes, scope: joined, action, resource, detail, can, acr, maxAgeSeconds, optional, ...taking };
}

function faultsOf<Request, Resource, Optional extends boolean>(
  options: RouteOptions<Request, Resource, Optional>,
  scopes: readonly string[],
): readonly string[] {
  const { acr, maxAgeSeconds, optional = false } = options;
  const faults = [...unknownNamesOf(options, names, 'of a route')];
  if (!scopes.every((one) => plainWord.test(one))) faults.push('scope: scopes are separated by one space.');
  if (acr !== undefined && !(acr.length > 0 && acr.every((one) => plainWord.test(one)))) {
    faults.push('acr: a list of values in printable ASCII, without spaces and quotes.');
  }
  if (maxAgeSeconds !== undefined && !(Number.isSafeInteger(maxAgeSeconds) && maxAgeSeconds >= 0)) {
    faults.push('maxAgeSeconds: a whole number of seconds.');
  }
  faults.push(...valueFaultsOf(options));
  const isAsked =
    scopes.length > 0 || askingNames.some((name) => name !== 'scope' && options[name] !== undefined);
  if (optional && isAsked) faults.push('optional: a caller that may be absent cannot be asked for anything.');
  return faults;
}

/**
 * What a typing error leaves of a check (`can: rules.mayRaed`) is undefined, and would ask for nothing; and a text is true,
 * whatever it says.
 */
function valueFaultsOf(options: object): readonly string[] {
  const [asking, switches]: readonly (readonly string[])[] = [askingNames, switchNames];
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined) return asking?.includes(name) ? [`${name}: is there, but undefined.`] : [];
    return switches?.includes(name) && typeof value !== 'boolean' ? [`${name}: true or false.`] : [];
  });
}

function apiKeyFaultsOf(apiKeys: boolean, plainApiKey: boolean, guardHasApiKeys: boolean): readonly string[] {
  if (!plainApiKey || (apiKeys && guardHasApiKeys)) return [];
  return ['plainApiKey: only where the guard has apiKeys, and the route takes them.'];
}
