/**
 * The checked request of a client to sign a user out (RP-Initiated Logout §2). The page of this
 * server carries it, sealed, until the user has agreed.
 */
import { carried } from '../authorization/check.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Parameters } from '../../kernel/http/parameters.ts';
import { type IdTokenHint, readIdTokenHint } from '../../kernel/tokens/id-token-hint.ts';
import type { Client } from '../../model/entities.ts';
import { fitsAddress, sealValue, unsealValue } from '../../kernel/sealing/sealed.ts';

export interface LogoutRequest {
  readonly clientId?: string;
  /** The user and the sign-in that the client means, by an ID token of this client. */
  readonly hint?: IdTokenHint;
  /** The registered address of the client, to which the user returns. */
  readonly redirectUri?: string;
  readonly state?: string;
  readonly createdAt: number;
}

/**
 * Throws, for a page: id_token_hint_invalid, client_unknown, post_logout_redirect_uri_mismatch.
 * `ui_locales` is not read, because the pages have one language. `logout_hint` is not read, because
 * the page shows the address of the signed-in user.
 */
export async function checkLogoutRequest(
  core: Core,
  parameters: Parameters,
  now: number,
): Promise<LogoutRequest> {
  const hint = await readHint(core, parameters);
  const clientId = parameters.get('client_id') ?? hint?.clientId;
  // §2: if both are sent, the ID token must have been issued to this client.
  if (hint !== undefined && hint.clientId !== clientId)
    throw new OAuthError('id_token_hint_invalid', { log: { clientId } });
  const client = clientId === undefined ? undefined : await core.loadClient(clientId);
  if (clientId !== undefined && client === undefined) throw new OAuthError('client_unknown');
  const redirectUri = readRedirectUri(client, parameters);
  const state = carried(parameters, 'state');
  const request: LogoutRequest = {
    ...(clientId !== undefined ? { clientId } : {}),
    ...(hint !== undefined ? { hint } : {}),
    ...(redirectUri !== undefined ? { redirectUri } : {}),
    ...(state !== undefined ? { state } : {}),
    createdAt: now,
  };
  if (!fitsAddress(request))
    throw new OAuthError('parameter_malformed', {
      description: 'state is too long for an address.',
    });
  return request;
}

async function readHint(core: Core, parameters: Parameters): Promise<IdTokenHint | undefined> {
  const token = parameters.get('id_token_hint');
  if (token === undefined) return undefined;
  const hint = await readIdTokenHint(core, token);
  // §2: this server must be the issuer of the ID token, which only the signature proves.
  if (hint === undefined) throw new OAuthError('id_token_hint_invalid');
  return hint;
}

/**
 * §3: compared with the registered addresses as a string. Otherwise this would be an open
 * redirector (RFC 9700 §4.11).
 */
function readRedirectUri(client: Client | undefined, parameters: Parameters): string | undefined {
  const redirectUri = parameters.get('post_logout_redirect_uri');
  if (redirectUri === undefined) return undefined;
  if (client?.settings?.postLogoutRedirectUris?.includes(redirectUri) !== true)
    throw new OAuthError('post_logout_redirect_uri_mismatch', { log: { clientId: client?.id } });
  return redirectUri;
}

export function sealLogout(core: Core, request: LogoutRequest): string {
  return sealValue(core, 'logout-request', request);
}

/** Throws request_expired if it was not sealed here or is too old. */
export function unsealLogout(core: Core, sealed: string, now: number): LogoutRequest {
  const request = unsealValue(core, 'logout-request', sealed) as LogoutRequest | undefined;
  if (request === undefined || now - request.createdAt > core.options.interactionSeconds)
    throw new OAuthError('request_expired');
  return request;
}
