/**
 * Makes an API from its declaration. Its identifier is the audience of its tokens. A scope belongs
 * to only one API.
 */
import { ConfigError, type ConfigProblem } from '../../model/errors.ts';
import {
  checkDetailTypes,
  type DetailTypeRegistration,
} from '../authorization-details/registration.ts';
import type { Api } from '../../model/entities.ts';
import { defaultKeyAlgorithms } from '../../model/key-ports.ts';
import { describeScope } from '../../rules/describe-scope.ts';
import { isGrantScope } from '../../rules/grant-scopes.ts';
import { isScopeToken } from '../../rules/scope.ts';
import { isOpenIdScope } from '../../rules/target.ts';
import { isAdminScope } from './admin.ts';
import type { ApiSettings } from '../../model/api-settings.ts';
import type { KeyAlgorithm } from '../../model/key-ports.ts';

/** An API as an operator declares it (RFC 8707 §2), not checked. */
export interface ApiRegistration {
  /** An absolute URI without a fragment (RFC 8707 §2). */
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly { readonly name: string; readonly description: string }[];
  /** Ids of the service clients that may introspect tokens for this API. */
  readonly introspectors?: readonly string[] | undefined;
  /** Whether its tokens have an entry in a published status list. Default: no. */
  readonly token_status?: boolean | undefined;
  /** The algorithm of its access tokens. Default: ES256. */
  readonly access_token_signing_alg?: string | undefined;
  /** `opaque`: the API introspects its tokens instead of reading them. Default: jwt. */
  readonly access_token_format?: string | undefined;
  /** Types for `authorization_details` (RFC 9396). */
  readonly authorization_details_types?: readonly DetailTypeRegistration[] | undefined;
}

/** What a new API is checked against. */
export interface ApiContext {
  /** The other APIs, including the built-in one. */
  readonly apis: readonly Api[];
  readonly origin: Exclude<Api['origin'], 'built-in'>;
  /** The algorithms that have keys. */
  readonly keyAlgorithms?: readonly KeyAlgorithm[] | undefined;
  readonly path?: string;
}

/**
 * Checks the declaration of an API and returns the API. Does not store it.
 * @throws ConfigError with every problem
 */
export function registerApi(
  input: ApiRegistration,
  { apis, origin, keyAlgorithms = defaultKeyAlgorithms, path = 'api' }: ApiContext,
): Api {
  const problems: ConfigProblem[] = [];
  const say = (member: string, message: string) =>
    void problems.push({ path: `${path}.${member}`, message });
  assertComplete(input, path);
  if (!URL.canParse(input.identifier) || input.identifier.includes('#'))
    say('identifier', 'must be an absolute URI without a fragment');
  if (apis.some((api) => api.origin === 'built-in' && api.identifier === input.identifier))
    say('identifier', 'belongs to the server itself');
  if (input.name.trim() === '' || input.name.length > 100)
    say('name', 'must have 1 to 100 characters');
  const taken = new Map(
    apis
      .filter((api) => api.identifier !== input.identifier)
      .flatMap((api) => api.scopes.map((scope) => [scope.name, api.identifier])),
  );
  input.scopes.forEach((scope, index) => {
    const member = `scopes[${index}].name`;
    if (!isScopeToken(scope.name))
      say(member, 'must be visible ASCII without spaces, quotes or backslashes');
    if (isOpenIdScope(scope.name)) say(member, `${scope.name} belongs to OpenID Connect`);
    if (isAdminScope(scope.name)) say(member, `${scope.name} belongs to the API of the server`);
    if (scope.name === describeScope) say(member, `${scope.name} belongs to the server itself`);
    if (isGrantScope(scope.name)) say(member, `${scope.name} belongs to Grant Management`);
    // A scope decides for which API a request is, so it belongs to one API.
    const other = taken.get(scope.name);
    if (other !== undefined && !isAdminScope(scope.name))
      say(member, `${scope.name} already belongs to ${other}`);
    if (input.scopes.findIndex((one) => one.name === scope.name) < index)
      say(member, `${scope.name} is declared twice`);
    if (scope.description.trim() === '' || scope.description.length > 200)
      say(
        `scopes[${index}].description`,
        'must say in 1 to 200 characters what it allows, from the user’s point of view',
      );
  });
  const signingAlgorithm = checkSigningAlgorithm(
    input.access_token_signing_alg,
    keyAlgorithms,
    say,
  );
  const detailTypes = checkDetailTypes(
    input.authorization_details_types,
    typesOfOthers(apis, input),
    say,
  );
  const isOpaque = checkFormat(input, say);
  if (problems.length > 0) throw new ConfigError(problems);
  const settings: ApiSettings = {
    ...(isOpaque ? { accessTokenFormat: 'opaque' } : {}),
    ...(signingAlgorithm !== undefined ? { signingAlgorithm } : {}),
    ...(detailTypes.length > 0 ? { authorizationDetailsTypes: detailTypes } : {}),
  };
  const { identifier, name, scopes, introspectors = [], token_status: tokenStatus = false } = input;
  const extended = Object.keys(settings).length > 0 ? { settings } : {};
  return { identifier, name, scopes, introspectors, tokenStatus, ...extended, origin };
}

/** A caller in JavaScript has no types that demand these members. */
function assertComplete(
  { identifier, name, scopes }: Partial<ApiRegistration>,
  path: string,
): void {
  const scopeMembers = (Array.isArray(scopes) ? scopes : []).flatMap((scope, index) => [
    [`scopes[${index}].name`, scope?.name],
    [`scopes[${index}].description`, scope?.description],
  ]);
  const problems = [['identifier', identifier], ['name', name], ...scopeMembers]
    .filter(([, value]) => typeof value !== 'string')
    .map(([member]) => ({ path: `${path}.${member}`, message: 'is required' }));
  if (!Array.isArray(scopes)) problems.push({ path: `${path}.scopes`, message: 'is required' });
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Whether its tokens are opaque. Then a service must be allowed to introspect them. */
function checkFormat(
  { access_token_format: format = 'jwt', introspectors = [] }: ApiRegistration,
  say: (member: string, message: string) => void,
): boolean {
  if (format !== 'jwt' && format !== 'opaque') say('access_token_format', 'must be jwt or opaque');
  if (format === 'opaque' && introspectors.length === 0)
    say(
      'introspectors',
      'must name the service of the API, because opaque tokens are read by introspection',
    );
  return format === 'opaque';
}

function checkSigningAlgorithm(
  wanted: string | undefined,
  known: readonly KeyAlgorithm[],
  say: (member: string, message: string) => void,
): KeyAlgorithm | undefined {
  if (wanted === undefined) return undefined;
  const algorithm = known.find((one) => one === wanted);
  if (algorithm === undefined)
    say(
      'access_token_signing_alg',
      `must be one of ${known.join(', ')}, because there are keys for these`,
    );
  return algorithm;
}

function typesOfOthers(
  apis: readonly Api[],
  { identifier }: ApiRegistration,
): ReadonlyMap<string, string> {
  return new Map(
    apis
      .filter((api) => api.identifier !== identifier)
      .flatMap((api) =>
        (api.settings?.authorizationDetailsTypes ?? []).map(
          ({ type }) => [type, api.identifier] as const,
        ),
      ),
  );
}
