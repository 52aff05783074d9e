/**
 * The type of each option of the server. A value that is null, empty or of another type is never
 * replaced by the default. For example, a misspelt `dpopNonce` would switch nonces off. An
 * undefined value counts as left out.
 */
import { isObject } from '@keywright/jwt';
import { tierNames } from '../../model/features.ts';
import type { ConfigProblem } from '../../model/errors.ts';
import type { RegistrationOptions } from './registration-options.ts';
import { type AuthorizationServerOptions, signUps } from './server-options.ts';

type Is = (value: unknown) => boolean;

const isText: Is = (value) => typeof value === 'string' && value !== '';
const isNumber: Is = (value) => typeof value === 'number' && Number.isFinite(value);
const isListOf =
  (is: Is): Is =>
  (value) =>
    Array.isArray(value) && value.every(is);
const isOneOf =
  (...values: readonly unknown[]): Is =>
  (value) =>
    values.includes(value);

function isRate(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { perSecond, burst } = value as { readonly perSecond?: unknown; readonly burst?: unknown };
  return (
    isNumber(perSecond) && (perSecond as number) > 0 && isNumber(burst) && (burst as number) >= 1
  );
}

function areLifetimes(value: unknown): boolean {
  const names: readonly string[] = tierNames;
  return (
    isObject(value) &&
    Object.entries(value as object).every(
      ([name, one]) => names.includes(name) && (one === undefined || isObject(one)),
    )
  );
}

function areTerms(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { url, version, requiredFrom = 0 } = value;
  return isText(url) && isText(version) && isNumber(requiredFrom);
}

function isSecondFactor(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { tiers = [], clients = [], scopes = [], groups = [] } = value;
  const names: readonly string[] = tierNames;
  return (
    isListOf(isText)(clients) &&
    isListOf(isText)(scopes) &&
    isListOf(isText)(groups) &&
    isListOf((tier) => names.includes(tier as string))(tiers)
  );
}

function arePasskeys(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { rpId, origins = [], names = {} } = value;
  return (
    (rpId === undefined || isText(rpId)) &&
    isListOf(isText)(origins) &&
    isObject(names) &&
    Object.values(names).every(isText)
  );
}

/** An option that is not in its table does not compile. */
type Table<Options> = Readonly<Record<keyof Options, readonly [is: Is, cure: string]>>;

export const serverOptions: Table<AuthorizationServerOptions> = {
  issuer: [isText, 'must be an https URL'],
  profile: [isText, 'must be the name of a profile'],
  features: [isObject, 'must be an object'],
  keyAlgorithms: [isListOf(isText), 'must be a list of algorithms'],
  dpopNonce: [isOneOf('off', 'required'), 'must be off or required'],
  registration: [isObject, 'must be an object'],
  assertionIssuers: [isListOf(isObject), 'must be a list of issuers'],
  mutualTlsOrigin: [isText, 'must be an https origin'],
  lifetimes: [areLifetimes, `must be an object by tier: ${tierNames.join(', ')}`],
  cacheSeconds: [isNumber, 'must be a number'],
  sessionIdleSeconds: [isNumber, 'must be a number'],
  sessionAbsoluteSeconds: [isNumber, 'must be a number'],
  interactionSeconds: [isNumber, 'must be a number'],
  passwordAcr: [isText, 'must be one word'],
  sendsMail: [isOneOf(true, false), 'must be true or false'],
  signUp: [isOneOf(...signUps), `must be one of ${signUps.join(', ')}`],
  signUpDomains: [isListOf(isText), 'must be a list of domains'],
  terms: [areTerms, 'must be an object with url, version and requiredFrom'],
  secondFactor: [isSecondFactor, 'must have lists: tiers, clients, scopes, groups'],
  passkeys: [arePasskeys, 'must have rpId, a list of origins, and names by AAGUID'],
  backchannelRequests: [isObject, 'must be an object'],
};

export const registrationOptions: Table<RegistrationOptions> = {
  trust: [isOneOf('unverified', 'third-party'), 'must be unverified or third-party'],
  scopes: [isListOf(isText), 'must be a list of scopes'],
  limit: [isRate, 'must have perSecond above 0, and burst of at least 1'],
  unusedDays: [isNumber, 'must be a number'],
  mostUnused: [isNumber, 'must be a number'],
  statementIssuers: [isListOf(isObject), 'must be a list of issuers'],
  reservedNames: [isListOf(isText), 'must be a list of names'],
};

/** Every option that has another type. */
export function kindProblemsOf(options: object): ConfigProblem[] {
  if (!isObject(options)) return [{ path: 'options', message: 'must be an object' }];
  const { registration } = options;
  return [
    ...problemsIn('', options, serverOptions),
    ...problemsIn('registration.', isObject(registration) ? registration : {}, registrationOptions),
  ];
}

function problemsIn(
  at: string,
  options: Readonly<Record<string, unknown>>,
  table: Table<Record<string, unknown>>,
): readonly ConfigProblem[] {
  return Object.entries(table)
    .filter(([name, [is]]) => options[name] !== undefined && !is(options[name]))
    .map(([name, [, message]]) => ({ path: at + name, message }));
}
