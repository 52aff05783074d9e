/**
 * The additional parameters of an OpenID Connect request (Core §3.1.2.1, §5.5): the user, the
 * strength of the sign-in, and the claims. As the section allows, `display`, `ui_locales` and
 * `claims_locales` are accepted and change nothing, because the pages have one form and one
 * language.
 */
import type { ResponseType } from '@keywright/wire';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Parameters } from '../../kernel/http/parameters.ts';
import { readIdTokenHint } from '../../kernel/tokens/id-token-hint.ts';
import type { Client } from '../../model/entities.ts';
import { acrWish } from '../../kernel/accounts/acr.ts';
import { parseClaimsRequest, type WantedClaims } from './claims-request.ts';
import { gives } from '../../kernel/clients/response-type.ts';

/**
 * `claimsText`: the parameter `claims`, limited in length. Throws parameter_malformed,
 * authentication_unmet.
 */
export async function parseOpenIdRequest(
  core: Core,
  parameters: Parameters,
  client: Client,
  scopes: readonly string[],
  claimsText: string | undefined,
): Promise<WantedClaims> {
  const {
    acr: claimed,
    subject: claimedSubject,
    ...claims
  } = parseClaims(core, claimsText, client, scopes);
  const acr = acrWish(core, parameters, claimed, client);
  const hinted = await hintedSubject(core, parameters, client);
  if (hinted !== undefined && claimedSubject !== undefined && hinted !== claimedSubject)
    throw new OAuthError('parameter_malformed', {
      description: 'id_token_hint and claims name two different users.',
    });
  const subject = hinted ?? claimedSubject;
  return {
    ...claims,
    ...(acr !== undefined ? { acr } : {}),
    ...(subject !== undefined ? { subject } : {}),
  };
}

function parseClaims(
  { options }: Core,
  text: string | undefined,
  client: Client,
  scopes: readonly string[],
): WantedClaims {
  // Without `openid` it is not an OpenID Connect request. There is no ID token and no userinfo that
  // could contain a claim.
  if (text === undefined || !options.features.claimsParameter || !scopes.includes('openid'))
    return {};
  return parseClaimsRequest(text, scopes, client);
}

/** An expired one is accepted (§3.1.2.1), because it only names the user. */
async function hintedSubject(
  core: Core,
  parameters: Parameters,
  client: Client,
): Promise<string | undefined> {
  const hint = parameters.get('id_token_hint');
  if (hint === undefined) return undefined;
  const read = await readIdTokenHint(core, hint, client);
  if (read === undefined)
    throw new OAuthError('parameter_malformed', {
      description: 'id_token_hint is not an ID token that was issued to this client.',
    });
  return read.subject;
}

/**
 * OpenID Connect Core §3.2.2.1, §3.3.2.11: an ID token in the front channel needs `openid` and a
 * nonce.
 */
export function assertOpenId(
  responseType: ResponseType,
  scopes: readonly string[],
  nonce: string | undefined,
): void {
  if (!gives(responseType, 'id_token')) return;
  if (!scopes.includes('openid'))
    throw new OAuthError('scope_invalid', {
      description: 'response_type id_token needs the scope openid.',
    });
  if (nonce === undefined)
    throw new OAuthError('parameter_missing', { description: 'nonce is required.' });
}
