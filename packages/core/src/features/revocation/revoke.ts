/**
 * Revocation (RFC 7009). A refresh token ends its whole family. An API key and an opaque access
 * token end themselves. A JWT access token cannot be revoked, and the answer says so (§2.2.1). For
 * any other text, and for a token of another client, the answer is the same as for success.
 */
import { type ApiKeyText, digest, JwtError, readApiKey } from '@keywright/jwt';
import { findApiKey } from '../../kernel/tokens/api-key-judgement.ts';
import { answerClient } from '../../kernel/clients/call.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { requireParameter } from '../../kernel/http/parameters.ts';
import { empty } from '../../kernel/http/responses.ts';
import { isOpaqueToken } from '../../kernel/tokens/opaque-token.ts';
import { readRefreshToken } from '../../kernel/tokens/refresh-token.ts';
import type { Client } from '../../model/entities.ts';

export function handleRevoke(core: Core, request: HttpRequest): Promise<HttpResponse> {
  return answerClient(core, request, async ({ client, parameters, now }) => {
    await revoke(core, client, requireParameter(parameters, 'token'), now);
    return empty(200);
  });
}

function revoke(core: Core, client: Client, token: string, now: number): Promise<void> {
  const apiKey = readApiKey(token);
  if (apiKey !== undefined) return revokeOwnApiKey(core, client, apiKey, now);
  if (isOpaqueToken(token)) return revokeOpaqueToken(core, client, token);
  const refresh = readRefreshToken(token);
  return refresh === undefined
    ? assertNotOwnAccessToken(core, client, token, now)
    : endFamily(core, client, refresh, now);
}

/**
 * Any real token of the family ends it, also a spent one. §2.1: only for the client that it was
 * issued to.
 */
async function endFamily(
  core: Core,
  client: Client,
  token: { readonly familyId: string; readonly digest: string },
  now: number,
): Promise<void> {
  const family = await core.store.families.load(token.familyId);
  if (family === undefined || family.clientId !== client.id || family.endedAt !== undefined) return;
  await core.store.families.end(family.id, now);
  const { id: familyId, accountId, clientId } = family;
  core.events.emit({ type: 'family.ended', clientId, accountId, familyId, by: 'client' });
}

/** §2.1: at once, and only this token. The authorization behind it continues. */
async function revokeOpaqueToken(
  core: Core,
  { id: clientId }: Client,
  token: string,
): Promise<void> {
  if (await core.store.accessTokens.revoke(digest(token), clientId))
    core.events.emit({ type: 'access_token.revoked', clientId, by: 'client' });
}

/** A service can revoke its own key. */
async function revokeOwnApiKey(
  core: Core,
  client: Client,
  presented: ApiKeyText,
  now: number,
): Promise<void> {
  const key = await findApiKey(core, presented);
  if (key === undefined || key.clientId !== client.id) return;
  if (await core.store.apiKeys.revoke(key.id, 'revoked by its client', now))
    core.events.emit({ type: 'api_key.revoked', clientId: client.id, keyId: key.id, by: 'client' });
}

async function assertNotOwnAccessToken(
  core: Core,
  client: Client,
  token: string,
  now: number,
): Promise<void> {
  const { verification } = await core.keys.load();
  try {
    const claims = core.verifyToken(token, verification, now);
    if (claims.client_id === client.id) throw new OAuthError('token_type_unsupported');
  } catch (error) {
    // §2.2: an invalid token is no error, because nothing is left to revoke.
    if (!(error instanceof JwtError)) throw error;
  }
}
