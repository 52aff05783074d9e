/** The parameters of a token exchange (RFC 8693 §2.1). */
import { OAuthError } from '../../model/errors.ts';
import { type Parameters, requireParameter } from '../../kernel/http/parameters.ts';
import { parseScope } from '../../rules/scope.ts';
import { parseResources } from '../../rules/target.ts';

/**
 * RFC 8693 §3. Access tokens of this server are JWTs, or opaque tokens if their API uses those.
 */
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
const jwtType = 'urn:ietf:params:oauth:token-type:jwt';
export const exchangedTypes = [accessTokenType, jwtType] as const;
export type ExchangedType = (typeof exchangedTypes)[number];

export { jwtType };

export interface ExchangeRequest {
  readonly subjectToken: string;
  readonly actorToken?: string;
  readonly issuedType: ExchangedType;
  /** Audiences and resources, each once, because both are identifiers of APIs here. */
  readonly targets: readonly string[];
  readonly scopes?: readonly string[];
}

/**
 * Throws parameter_missing, parameter_unsupported, parameter_malformed, scope_invalid,
 * target_invalid.
 */
export function parseExchange(parameters: Parameters): ExchangeRequest {
  const subjectToken = requireParameter(parameters, 'subject_token');
  requireType(parameters, 'subject_token_type');
  const actorToken = parseActorToken(parameters);
  const requested = parameters.get('requested_token_type');
  const issuedType =
    requested === undefined ? accessTokenType : readType('requested_token_type', requested);
  const scope = parameters.get('scope');
  return {
    subjectToken,
    ...(actorToken !== undefined ? { actorToken } : {}),
    issuedType,
    targets: parseResources([...parameters.all('audience'), ...parameters.all('resource')]),
    ...(scope !== undefined ? { scopes: parseScope(scope) } : {}),
  };
}

function parseActorToken(parameters: Parameters): string | undefined {
  const actorToken = parameters.get('actor_token');
  if (actorToken !== undefined) requireType(parameters, 'actor_token_type');
  // §2.1: "actor_token_type ... MUST NOT be included otherwise."
  else if (parameters.get('actor_token_type') !== undefined)
    throw new OAuthError('parameter_malformed', {
      description: 'actor_token_type needs actor_token.',
    });
  return actorToken;
}

function requireType(parameters: Parameters, name: string): ExchangedType {
  return readType(name, requireParameter(parameters, name));
}

/**
 * A refresh token and an ID token are for one client only. They can neither be exchanged nor
 * issued.
 */
function readType(name: string, value: string): ExchangedType {
  const type = exchangedTypes.find((known) => known === value);
  if (type === undefined)
    throw new OAuthError('parameter_unsupported', {
      description: `${name} must be ${exchangedTypes.join(' or ')}.`,
    });
  return type;
}
