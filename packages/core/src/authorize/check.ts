/** Every other parameter of the authorization request, each by its own section. A fault here goes back to the client. */
import {
  type GrantType,
  type PromptValue,
  promptValues,
  type ResponseMode,
  type ResponseType,
  responseTypes,
} from '@keywright/wire';
import { mayUseGrant } from '../clients/tiers.ts';
import { type Core, newId } from '../core.ts';
import { OAuthError } from '../errors.ts';
import { assertNotRepeated, type Parameters, requireParameter } from '../http/parameters.ts';
import type { Client } from '../model.ts';
import { isCodeChallenge } from '../rules/pkce.ts';
import { assertScopesWithin, parseScope } from '../rules/scope.ts';
import { defaultScopes, parseResources, resolveAudiences } from '../rules/target.ts';
import type { Asker } from './client.ts';
import type { AuthorizationRequest } from './request.ts';

/** What is carried is bounded, in bytes, because it travels sealed in an address. */
const maxCarriedBytes = 2048;

/** The checked request. Throws, for the client: every refusal of RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6. */
export async function checkAuthorizationRequest(
  core: Core,
  parameters: Parameters,
  asker: Asker,
  now: number,
): Promise<AuthorizationRequest> {
  assertNotRepeated(parameters);
  assertNoRequestObject(parameters);
  const { client } = asker;
  const responseType = parseResponseType(parameters);
  assertMayRespond(client, responseType);
  const responseMode = parseResponseMode(parameters, responseType);
  const codeChallenge = parseCodeChallenge(parameters, responseType);
  const prompt = parsePrompt(parameters);
  const maxAgeSeconds = parseMaxAge(parameters);

  const resources = parseResources(parameters.all('resource'));
  const apis = await core.loadApis();
  const asked = parameters.get('scope');
  const scopes = asked === undefined ? defaultScopes(client.scopes, resources, apis) : parseScope(asked);
  assertScopesWithin(scopes, client.scopes);
  const audiences = resolveAudiences(scopes, resources, client.scopes, apis);
  // An implicit access token is made at once, so it can be for one API only.
  if (responseType.includes('token') && responseType !== 'id_token' && audiences.length > 1)
    throw new OAuthError('target_invalid', {
      description: 'An access token is for one API: name it by resource.',
    });

  const nonce = carried(parameters, 'nonce');
  assertOpenId(responseType, scopes, nonce);
  return {
    ...optional('state', carried(parameters, 'state')),
    ...optional('nonce', nonce),
    ...optional('codeChallenge', codeChallenge),
    ...optional('maxAgeSeconds', maxAgeSeconds),
    ...optional('loginHint', carried(parameters, 'login_hint')),
    id: newId(core, 'req_'),
    clientId: client.id,
    redirectUri: asker.redirectUri,
    redirectUriSent: asker.redirectUriSent,
    responseType,
    responseMode,
    scopes,
    audiences,
    prompt,
    createdAt: now,
  };
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in Name]?: Value };
}

export function carried(parameters: Parameters, name: string): string | undefined {
  const value = parameters.get(name);
  if (value !== undefined && Buffer.byteLength(value) > maxCarriedBytes)
    throw new OAuthError('parameter_malformed', {
      description: `${name} is longer than ${maxCarriedBytes} bytes.`,
    });
  return value;
}

/** OpenID Connect Core §6, §7.2.1: what is not supported is said, not skipped. */
function assertNoRequestObject(parameters: Parameters): void {
  if (parameters.get('request') !== undefined) throw new OAuthError('request_object_unsupported');
  if (parameters.get('request_uri') !== undefined) throw new OAuthError('request_uri_unsupported');
  if (parameters.get('registration') !== undefined) throw new OAuthError('registration_unsupported');
}

/** RFC 6749 §3.1.1; the order of words does not matter (Multiple Response Types §3). */
function parseResponseType(parameters: Parameters): ResponseType {
  const words = requireParameter(parameters, 'response_type').split(' ').sort().join(' ');
  const responseType = responseTypes.find((type) => type === words);
  if (responseType === undefined) throw new OAuthError('response_type_unsupported');
  return responseType;
}

/** RFC 6749 §4.1.2.1, §4.2.2.1: unauthorized_client when the client's tier or registration does not hold the grant. */
function assertMayRespond(client: Client, responseType: ResponseType): void {
  const grant: GrantType = responseType === 'code' ? 'authorization_code' : 'implicit';
  if (!mayUseGrant(client, grant))
    throw new OAuthError('client_not_permitted', { log: { clientId: client.id, responseType } });
}

function parseResponseMode(parameters: Parameters, responseType: ResponseType): ResponseMode {
  const mode = parameters.get('response_mode') ?? defaultMode(responseType);
  if (mode !== 'query' && mode !== 'fragment')
    throw new OAuthError('parameter_unsupported', {
      description: 'response_mode must be query or fragment.',
    });
  // Multiple Response Types §5: tokens must not be in the query, which ends in logs and referrers.
  if (mode === 'query' && responseType !== 'code')
    throw new OAuthError('parameter_unsupported', {
      description: 'This response type cannot be answered in the query.',
    });
  return mode;
}

export function defaultMode(responseType: string | undefined): ResponseMode {
  const words = responseType?.split(' ') ?? [];
  return words.includes('token') || words.includes('id_token') ? 'fragment' : 'query';
}

/** RFC 7636 §4.3, §4.4.1; OAuth 2.1 §4.1.1: a code is always bound to a challenge, and plain is no protection. */
function parseCodeChallenge(parameters: Parameters, responseType: ResponseType): string | undefined {
  const challenge = parameters.get('code_challenge');
  if (responseType !== 'code') return undefined;
  if (challenge === undefined || parameters.get('code_challenge_method') !== 'S256')
    throw new OAuthError('code_challenge_missing');
  if (!isCodeChallenge(challenge))
    throw new OAuthError('parameter_malformed', {
      description: 'code_challenge must be 43 characters of base64url.',
    });
  return challenge;
}

/** OpenID Connect Core §3.1.2.1: `none` stands alone. */
function parsePrompt(parameters: Parameters): readonly PromptValue[] {
  const words = [...new Set((parameters.get('prompt') ?? '').split(' ').filter((word) => word !== ''))];
  const known = words.filter((word): word is PromptValue =>
    (promptValues as readonly string[]).includes(word),
  );
  if (known.length < words.length)
    throw new OAuthError('parameter_unsupported', {
      description: 'prompt has a value that is not supported.',
    });
  if (known.includes('none') && known.length > 1)
    throw new OAuthError('parameter_malformed', { description: 'prompt=none stands alone.' });
  return known;
}

function parseMaxAge(parameters: Parameters): number | undefined {
  const text = parameters.get('max_age');
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,9}$/.test(text))
    throw new OAuthError('parameter_malformed', {
      description: 'max_age must be a whole number of seconds.',
    });
  return Number(text);
}

/** OpenID Connect Core §3.2.2.1: an ID token from the front channel needs `openid` and a nonce. */
function assertOpenId(
  responseType: ResponseType,
  scopes: readonly string[],
  nonce: string | undefined,
): void {
  if (!responseType.includes('id_token')) return;
  if (!scopes.includes('openid'))
    throw new OAuthError('scope_invalid', { description: 'response_type id_token needs the scope openid.' });
  if (nonce === undefined) throw new OAuthError('parameter_missing', { description: 'nonce is required.' });
}
