/**
 * Response types (RFC 6749 §3.1.1; Multiple Response Types; OpenID Connect Core §3): which ones
 * this server supports, and which ones a client may use.
 */
import { type ResponseType, responseTypes } from '@keywright/wire';
import type { GrantType } from '../../model/features.ts';
import { mustBind } from '../sender-constraint/index.ts';
import { mayUseUnder } from '../policy/tiers.ts';
import { type Core, policyOf } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import { type Parameters, requireParameter } from '../http/parameters.ts';
import type { Client } from '../../model/entities.ts';
import { defaultMode, isSecured } from './response-mode.ts';

type Held = Pick<Core, 'options'>;
export type ResponseWord = 'code' | 'token' | 'id_token';

export function gives(responseType: ResponseType, word: ResponseWord): boolean {
  return responseType.split(' ').includes(word);
}

/** The response types that some client may use. */
export function responseTypesOn({ options }: Held): readonly ResponseType[] {
  const { hybrid } = options.features;
  const { grantsRefused, responseTypes: allowed } = options.policies.default;
  const implicit = !grantsRefused.includes('implicit');
  return responseTypes.filter((type) => {
    if (allowed !== undefined && !allowed.includes(type)) return false;
    if (type === 'code') return true;
    if (isHybrid(type) && !hybrid) return false;
    return implicit || (hybrid && !gives(type, 'token'));
  });
}

/** OpenID Connect Core §3.3: a code together with a token. */
function isHybrid(type: ResponseType): boolean {
  return gives(type, 'code') && type !== 'code';
}

/**
 * Throws response_type_unsupported if this server does not support it, and client_not_permitted if
 * this client may not use it.
 */
export function parseResponseType(
  core: Held,
  client: Client,
  parameters: Parameters,
): ResponseType {
  // Multiple Response Types §3: the order of words does not matter.
  const words = requireParameter(parameters, 'response_type').split(' ').sort().join(' ');
  const responseType = responseTypesOn(core).find((type) => type === words);
  if (responseType === undefined) throw new OAuthError('response_type_unsupported');
  // This check comes before the registration of the client, because no client of the profile may do
  // it.
  assertNotPlainCode(core, client, parameters, responseType);
  assertResponseType(core, client, responseType);
  return responseType;
}

/** Throws client_not_permitted. */
export function assertResponseType(core: Held, client: Client, responseType: ResponseType): void {
  // RFC 6749 §4.1.2.1, §4.2.2.1: unauthorized_client.
  if (!mayUse(core, client, responseType))
    throw new OAuthError('client_not_permitted', {
      description: `This client may not use response_type=${responseType}.`,
      log: { clientId: client.id, responseType },
    });
}

/**
 * FAPI 1.0 Advanced §5.2.2-2: `code` needs a signed response. An explicit `response_mode` is
 * checked as such.
 */
function assertNotPlainCode(
  core: Held,
  client: Client,
  parameters: Parameters,
  responseType: ResponseType,
): void {
  if (responseType !== 'code' || parameters.get('response_mode') !== undefined) return;
  if (policyOf(core, client).plainCodeRefused && !isSecured(defaultMode(client, responseType)))
    throw new OAuthError('response_type_unsupported', {
      description: 'response_type=code needs response_mode=jwt here. Or use code id_token.',
    });
}

/** The tier, the registration and the profile must all allow it. */
function mayUse(core: Held, client: Client, type: ResponseType): boolean {
  const policy = policyOf(core, client);
  if (policy.responseTypes !== undefined && !policy.responseTypes.includes(type)) return false;
  const registered = client.settings?.responseTypes;
  // OpenID Connect Registration §2: a client may only use response types that it registered.
  // Without any, it has those of its grants.
  if (registered === undefined ? isHybrid(type) : !registered.includes(type)) return false;
  // An access token from this endpoint is not bound, because a redirect has no proof.
  if (gives(type, 'token') && mustBind(core, client)) return false;
  const grants = grantsOf(core, client, type);
  return grants.every((grant) => mayUseUnder(policy, client, grant));
}

/**
 * OpenID Connect Registration §2. An ID token alone gives no access, so it needs no grant if the
 * client registered it.
 */
function grantsOf({ options }: Held, client: Client, type: ResponseType): readonly GrantType[] {
  if (type === 'id_token') {
    const byName = client.settings?.responseTypes?.includes(type) === true;
    return options.features.hybrid && byName ? [] : ['implicit'];
  }
  return [
    ...(gives(type, 'code') ? (['authorization_code'] as const) : []),
    ...(gives(type, 'token') ? (['implicit'] as const) : []),
  ];
}
