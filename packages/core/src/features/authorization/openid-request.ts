/**
 * What an OpenID Connect request may say beyond a plain one (Core §3.1.2.1, §5.5): whom it means,
 * how strong the sign-in must be, which claims it wants. Left out, as the section allows:
 * `display`, `ui_locales` and `claims_locales` are accepted and change nothing, for the pages have
 * one form and one language.
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
 * `claimsText`: the parameter `claims`, bounded. Throws parameter_malformed, authentication_unmet.
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
  // Without `openid` it is no request of OpenID Connect: there is neither an ID token nor userinfo
  // to put a claim in.
  if (text === undefined || !options.features.claimsParameter || !scopes.includes('openid'))
    return {};
  return parseClaimsRequest(text, scopes, client);
}

/** An expired one will do (§3.1.2.1): it only says who is meant. */
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
 * OpenID Connect Core §3.2.2.1, §3.3.2.11: an ID token from the front channel needs `openid` and a
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
