/**
 * The type of each option of the server. A value that is null, empty or of another type is never
 * replaced by the default. For example, a misspelt `dpopNonce` would switch nonces off. An
 * undefined value counts as left out.
 */
import { isObject } from '@keywright/jwt';
import { tierNames } from './tiers.ts';
import type { ConfigProblem } from '../../model/errors.ts';

type Is = (value: unknown) => boolean;
type Row = readonly [path: string, is: Is, cure: string];

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

const rows: readonly Row[] = [
  ['issuer', isText, 'must be an https URL'],
  ['profile', isText, 'must be the name of a profile'],
  ['features', isObject, 'must be an object'],
  ['keyAlgorithms', isListOf(isText), 'must be a list of algorithms'],
  ['dpopNonce', isOneOf('off', 'required'), 'must be off or required'],
  ['registration', isObject, 'must be an object'],
  ['registration.trust', isOneOf('unverified', 'third-party'), 'must be unverified or third-party'],
  ['registration.scopes', isListOf(isText), 'must be a list of scopes'],
  ['registration.limit', isRate, 'must have perSecond above 0, and burst of at least 1'],
  ['registration.unusedDays', isNumber, 'must be a number'],
  ['registration.mostUnused', isNumber, 'must be a number'],
  ['registration.statementIssuers', isListOf(isObject), 'must be a list of issuers'],
  ['registration.reservedNames', isListOf(isText), 'must be a list of names'],
  ['assertionIssuers', isListOf(isObject), 'must be a list of issuers'],
  ['mutualTlsOrigin', isText, 'must be an https origin'],
  ['lifetimes', areLifetimes, `must be an object by tier: ${tierNames.join(', ')}`],
  ['cacheSeconds', isNumber, 'must be a number'],
  ['sessionIdleSeconds', isNumber, 'must be a number'],
  ['sessionAbsoluteSeconds', isNumber, 'must be a number'],
  ['interactionSeconds', isNumber, 'must be a number'],
  ['passwordAcr', isText, 'must be one word'],
  ['backchannelRequests', isObject, 'must be an object'],
];

/** Every option that has another type. */
export function kindProblemsOf(options: object): ConfigProblem[] {
  if (!isObject(options)) return [{ path: 'options', message: 'must be an object' }];
  return rows
    .filter(([path, is]) => {
      const value = valueAt(options, path.split('.'));
      return value !== undefined && !is(value);
    })
    .map(([path, , message]) => ({ path, message }));
}

function valueAt(options: unknown, [name = '', ...rest]: readonly string[]): unknown {
  if (!isObject(options)) return undefined;
  const value = options[name];
  return rest.length === 0 ? value : valueAt(value, rest);
}
