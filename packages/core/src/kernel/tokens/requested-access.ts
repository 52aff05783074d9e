/**
 * The access of a request without a page: scopes of the client, at one API (RFC 6749 §3.3, RFC 8707
 * §2).
 */
import type { Core } from '../core.ts';
import { assertScopesWithin, parseScope } from '../../rules/scope.ts';
import {
  chooseAudience,
  defaultScopes,
  parseResources,
  resolveAudiences,
  scopesForAudience,
} from '../../rules/target.ts';
import type { TokenRequest } from './token-request.ts';
import type { ApiDirectory } from '../../model/services.ts';

export interface RequestedAccess {
  readonly apis: ApiDirectory;
  readonly audience: string;
  readonly scopes: readonly string[];
}

/** Throws scope_invalid, target_invalid. */
export async function chooseAccess(
  core: Core,
  { parameters, client }: Pick<TokenRequest, 'parameters' | 'client'>,
): Promise<RequestedAccess> {
  const apis = await core.loadApis();
  const resources = parseResources(parameters.all('resource'));
  const asked = parameters.get('scope');
  const requested =
    asked === undefined ? defaultScopes(client.scopes, resources, apis) : parseScope(asked);
  assertScopesWithin(requested, client.scopes);
  const audiences = resolveAudiences(requested, resources, client.scopes, apis);
  const audience = chooseAudience(resources, audiences, core.options.issuer);
  return { apis, audience, scopes: scopesForAudience(requested, audience, apis) };
}
