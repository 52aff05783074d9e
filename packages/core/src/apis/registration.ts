/** Making an API out of its declaration: its identifier is the audience of its tokens, its scopes are its alone. */
import { ConfigError, type ConfigProblem } from '../errors.ts';
import type { Api } from '../model.ts';
import { isScopeToken } from '../rules/scope.ts';
import { isOpenIdScope } from '../rules/target.ts';
import { isAdminScope } from './admin.ts';

export interface ApiRegistration {
  /** An absolute URI without a fragment (RFC 8707 §2). */
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly { readonly name: string; readonly description: string }[];
  /** Ids of the service clients that may introspect tokens for this API. */
  readonly introspectors?: readonly string[] | undefined;
  /** Whether its tokens have a place in a published status list. Default: no. */
  readonly token_status?: boolean | undefined;
}

export interface ApiContext {
  /** The other APIs, the built-in one among them. */
  readonly apis: readonly Api[];
  readonly origin: Exclude<Api['origin'], 'built-in'>;
  readonly path?: string;
}

/** Throws ConfigError with every problem. */
export function registerApi(input: ApiRegistration, { apis, origin, path = 'api' }: ApiContext): Api {
  const problems: ConfigProblem[] = [];
  const say = (member: string, message: string) => void problems.push({ path: `${path}.${member}`, message });
  if (!URL.canParse(input.identifier) || input.identifier.includes('#'))
    say('identifier', 'must be an absolute URI without a fragment');
  if (apis.some((api) => api.origin === 'built-in' && api.identifier === input.identifier))
    say('identifier', 'belongs to the server itself');
  if (input.name.trim() === '' || input.name.length > 100) say('name', 'must have 1 to 100 characters');
  const taken = new Map(
    apis
      .filter((api) => api.identifier !== input.identifier)
      .flatMap((api) => api.scopes.map((scope) => [scope.name, api.identifier])),
  );
  input.scopes.forEach((scope, index) => {
    const member = `scopes[${index}].name`;
    if (!isScopeToken(scope.name))
      say(member, 'must be one word of visible ASCII without quotes or backslashes');
    if (isOpenIdScope(scope.name)) say(member, `${scope.name} belongs to OpenID Connect`);
    if (isAdminScope(scope.name)) say(member, `${scope.name} belongs to the server’s own API`);
    // A scope tells which API a request is for, so it can be of one only.
    const other = taken.get(scope.name);
    if (other !== undefined && !isAdminScope(scope.name))
      say(member, `${scope.name} already belongs to ${other}`);
    if (input.scopes.findIndex((one) => one.name === scope.name) < index)
      say(member, `${scope.name} is named twice`);
    if (scope.description.trim() === '' || scope.description.length > 200)
      say(
        `scopes[${index}].description`,
        'must say in 1 to 200 characters what it allows, from the user’s side',
      );
  });
  if (problems.length > 0) throw new ConfigError(problems);
  const { identifier, name, scopes, introspectors = [], token_status: tokenStatus = false } = input;
  return { identifier, name, scopes, introspectors, tokenStatus, origin };
}
