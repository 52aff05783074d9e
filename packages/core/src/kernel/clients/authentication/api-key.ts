/**
 * An API key in place of a client secret (docs/api-keys.md §3): `Authorization: ApiKey <key>`,
 * only at the token endpoint, where a service exchanges its key for a short-lived token. It is
 * sent plain, because it goes over TLS to the server that issued it.
 */
import type { RefusalLog } from '@keywright/wire/events';
import { type ApiKeyText, createNetworks, readApiKey } from '@keywright/jwt';
import { judgeApiKey, type LivingApiKey } from '../../tokens/api-key-judgement.ts';
import { type Core, policyOf } from '../../core.ts';
import { OAuthError } from '../../../model/errors.ts';
import type { HttpRequest } from '../../http/message.ts';
import type { Parameters } from '../../http/parameters.ts';

const scheme = /^apikey +(\S+) *$/i;

/** Whether the request tries to authenticate by an API key, valid or not. */
export function isApiKeyRequest(request: HttpRequest): boolean {
  return /^apikey(?: |$)/i.test(request.headers['authorization'] ?? '');
}

/**
 * The key, its client and what it allows. Throws client_authentication_failed (the same for an
 * unknown, revoked or expired key, for a disabled client, and for a client without the scopes of
 * the key), client_authentication_twice or api_key_network_forbidden.
 */
export async function authenticateByApiKey(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  now: number,
): Promise<LivingApiKey> {
  const judgement = await judgeApiKey(core, readKey(request, parameters), now);
  if (!judgement.alive) throw failed({ apiKey: judgement.fault, keyId: judgement.keyId });
  const { key, client } = judgement.found;
  // FAPI 2.0 Security Profile §5.3.2.1: a profile that lists its methods accepts no other method.
  if (policyOf(core, client).clientAuthentication !== undefined)
    throw failed({ apiKey: 'refused_by_profile', keyId: key.id });
  const named = parameters.get('client_id');
  if (named !== undefined && named !== client.id)
    throw failed({ apiKey: 'of_another_client', keyId: key.id });
  if (key.networks.length > 0 && !createNetworks(key.networks)(request.remoteAddress))
    throw new OAuthError('api_key_network_forbidden', {
      log: { keyId: key.id, clientId: client.id },
    });
  if (request.learned !== undefined) request.learned.clientId = client.id;
  return judgement.found;
}

function readKey(request: HttpRequest, parameters: Parameters): ApiKeyText {
  // RFC 6749 §2.3: the client must not use more than one method in each request.
  if (parameters.get('client_secret') !== undefined)
    throw new OAuthError('client_authentication_twice');
  const text = scheme.exec(request.headers['authorization'] ?? '')?.[1];
  const presented = text === undefined ? undefined : readApiKey(text);
  if (presented === undefined) throw failed({ apiKey: 'malformed' });
  return presented;
}

function failed(log: RefusalLog): OAuthError {
  // RFC 6749 §5.2: the challenge names the scheme that the client used.
  return new OAuthError('client_authentication_failed', { scheme: 'ApiKey', log });
}
