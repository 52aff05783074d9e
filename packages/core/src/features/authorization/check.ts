/**
 * Checks all other parameters of the authorization request, each by its own section. A fault here
 * is answered to the client.
 */
import { type PromptValue, promptValues, type ResponseType } from '@keywright/wire';
import { parseDpopThumbprint } from '../../kernel/sender-constraint/dpop.ts';
import { kindRules } from '../../kernel/policy/tiers.ts';
import { type Core, policyOf } from '../../kernel/core.ts';
import { type AskedFor, readAskedFor } from '../../kernel/authorization-details/asked.ts';
import { OAuthError } from '../../model/errors.ts';
import { readGrantAction } from '../../kernel/consents/grant-action.ts';
import { assertNotRepeated, type Parameters } from '../../kernel/http/parameters.ts';
import type { Client } from '../../model/entities.ts';
import { isCodeChallenge } from '../../rules/pkce.ts';
import type { AuthorizationTerms } from '../../model/terms.ts';
import type { Requester } from './client.ts';
import { assertOpenId, parseOpenIdRequest } from './openid-request.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { parseResponseMode } from '../../kernel/clients/response-mode.ts';
import { gives, parseResponseType } from '../../kernel/clients/response-type.ts';
import { newId } from '../../model/token-id.ts';

/** Carried values are limited, in bytes, because they are sealed in an address. */
const maxCarriedBytes = 2048;

/**
 * The checked request. Throws, for the client, every error of RFC 6749 §4.1.2.1 and OpenID Connect
 * Core §3.1.2.6.
 */
export async function checkAuthorizationRequest(
  core: Core,
  parameters: Parameters,
  requester: Requester,
  now: number,
): Promise<AuthorizationRequest> {
  assertNotRepeated(parameters);
  assertSupported(parameters);
  assertProtected(core, parameters, requester);
  const { client } = requester;
  const responseType = parseResponseType(core, client, parameters);
  const responseMode = parseResponseMode(
    core,
    client,
    parameters,
    responseType,
    requester.redirectUri,
  );
  const codeChallenge = parseCodeChallenge(core, parameters, requester, responseType);
  const prompt = parsePrompt(parameters);
  // Registration §2: the registered default applies if the request says nothing.
  const maxAgeSeconds = parseMaxAge(parameters) ?? client.settings?.defaultMaxAge;

  assertScope(core, client, parameters);
  const askedFor = readAskedFor(
    parameters,
    client,
    await core.loadApis(),
    gives(responseType, 'code'),
    true,
  );
  assertFits(responseType, askedFor);
  const { scopes } = askedFor;
  const managing = readGrantAction(core, parameters, client);
  const grantAction = managing === undefined ? undefined : await managing;
  const nonce = carried(parameters, 'nonce');
  assertOpenId(responseType, scopes, nonce);
  assertFresh(core, client, parameters, scopes);
  const claimsText = carried(parameters, 'claims');
  const { claims, ...openId } = await parseOpenIdRequest(
    core,
    parameters,
    client,
    scopes,
    claimsText,
  );
  return {
    ...openId,
    ...termsOf({ claims, dpopThumbprint: parseDpopThumbprint(core, parameters) }),
    ...optional('state', carried(parameters, 'state')),
    ...optional('nonce', nonce),
    ...optional('codeChallenge', codeChallenge),
    ...optional('grantAction', grantAction),
    ...optional('maxAgeSeconds', maxAgeSeconds),
    ...optional('loginHint', carried(parameters, 'login_hint')),
    ...optional('pushed', requester.pushed),
    // A pushed request is answered once, however often its link is followed (RFC 9126 §4).
    id: requester.pushed === undefined ? newId(core, 'req_') : `req_${requester.pushed}`,
    clientId: client.id,
    redirectUri: requester.redirectUri,
    redirectUriSent: requester.redirectUriSent,
    responseType,
    responseMode,
    ...askedFor,
    prompt,
    createdAt: now,
  };
}

function assertFits(responseType: ResponseType, { audiences, details }: AskedFor): void {
  // The code brings details to the token endpoint. An access token that passes through the browser
  // has no details.
  if (details !== undefined && (gives(responseType, 'token') || !gives(responseType, 'code')))
    throw new OAuthError('details_invalid', {
      description:
        'authorization_details need a response type with a code and without an access token.',
    });
  // An implicit access token is made at once, so it can only be for one API.
  if (gives(responseType, 'token') && audiences.length > 1)
    throw new OAuthError('target_invalid', {
      description: 'An access token is for one API: name the API with resource.',
    });
}

function termsOf({ claims, dpopThumbprint }: TermsAsked): { readonly terms?: AuthorizationTerms } {
  const terms = { ...optional('claims', claims), ...optional('dpopThumbprint', dpopThumbprint) };
  return Object.keys(terms).length === 0 ? {} : { terms };
}

interface TermsAsked {
  readonly claims: AuthorizationTerms['claims'] | undefined;
  readonly dpopThumbprint: string | undefined;
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

/**
 * OpenID Connect Core §6, §7.2.1: an unsupported parameter is refused and not ignored. If request
 * objects are on, none of these parameters is left at this point.
 */
function assertSupported(parameters: Parameters): void {
  if (parameters.get('request') !== undefined) throw new OAuthError('request_object_unsupported');
  if (parameters.get('request_uri') !== undefined) throw new OAuthError('request_uri_unsupported');
  if (parameters.get('registration') !== undefined)
    throw new OAuthError('registration_unsupported');
}

/** How this client must send its requests, by its profile or its registration. */
function assertProtected(
  core: Core,
  parameters: Parameters,
  { client, isSigned, pushed }: Requester,
): void {
  const policy = policyOf(core, client);
  // RFC 9126 §5, §6.
  if (
    (policy.pushedRequestsRequired || client.settings?.requirePushedRequests === true) &&
    pushed === undefined
  )
    throw new OAuthError('pushed_request_required');
  // RFC 9101 §10.5.
  if (
    (policy.requestObjectsRequired || client.settings?.requireSignedRequestObject === true) &&
    !isSigned
  )
    throw new OAuthError('request_object_required');
  // ASVS 10.4.15: nobody on the way may change the requested details.
  const isOpen = !isSigned && pushed === undefined;
  if (policy.detailsProtected && isOpen && parameters.get('authorization_details') !== undefined)
    throw new OAuthError('pushed_request_required', {
      description: 'authorization_details must be in a pushed or signed request.',
    });
}

/**
 * RFC 7636 §4.3, §4.4.1; OAuth 2.1 §4.1.1: a code is bound to a challenge. The method `plain` does
 * not protect.
 */
function parseCodeChallenge(
  core: Core,
  parameters: Parameters,
  requester: Requester,
  responseType: ResponseType,
): string | undefined {
  if (!gives(responseType, 'code')) return undefined;
  const challenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method');
  if (challenge === undefined && method === undefined && mayLeaveOutPkce(core, requester))
    return undefined;
  if (challenge === undefined || method !== 'S256') throw new OAuthError('code_challenge_missing');
  if (!isCodeChallenge(challenge))
    throw new OAuthError('parameter_malformed', {
      description: 'code_challenge must be 43 characters of base64url.',
    });
  return challenge;
}

/**
 * RFC 9700 §2.1.1: a client that authenticates may do without PKCE if the policy allows it. Other
 * clients never may.
 */
function mayLeaveOutPkce(core: Core, { client, pushed }: Requester): boolean {
  if (!kindRules[client.kind].confidential) return false;
  const { pkce, pushedPkceRequired } = policyOf(core, client);
  // FAPI 1.0 Advanced §5.2.2-18.
  if (pushedPkceRequired && pushed !== undefined) return false;
  return (
    pkce === 'when-sent' || (pkce === 'unless-registered' && client.settings?.requirePkce === false)
  );
}

/** OpenID Connect Core §3.1.2.1: `none` must be the only value. */
function parsePrompt(parameters: Parameters): readonly PromptValue[] {
  const words = [
    ...new Set((parameters.get('prompt') ?? '').split(' ').filter((word) => word !== '')),
  ];
  const known = words.filter((word): word is PromptValue =>
    (promptValues as readonly string[]).includes(word),
  );
  if (known.length < words.length)
    throw new OAuthError('parameter_unsupported', {
      description: 'prompt has a value that is not supported.',
    });
  if (known.includes('none') && known.length > 1)
    throw new OAuthError('parameter_malformed', {
      description: 'prompt=none cannot be combined with other values.',
    });
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

/** FAPI 1.0 Advanced §5.2.3-8. */
function assertScope(core: Core, client: Client, parameters: Parameters): void {
  if (policyOf(core, client).scopeRequired && parameters.get('scope') === undefined)
    throw new OAuthError('parameter_missing', { description: 'scope is required.' });
}

/**
 * FAPI 1.0 Baseline §5.2.2.2, §5.2.2.3: by these values, the client knows that the answer belongs
 * to its request.
 */
function assertFresh(
  core: Core,
  client: Client,
  parameters: Parameters,
  scopes: readonly string[],
): void {
  const name = scopes.includes('openid') ? 'nonce' : 'state';
  if (policyOf(core, client).nonceOrStateRequired && parameters.get(name) === undefined)
    throw new OAuthError('parameter_missing', { description: `${name} is required.` });
}
