/**
 * Revocation (RFC 7009). A refresh token ends its whole family. A JWT access token cannot be taken back, and we say so
 * (§2.2.1) rather than answer as if it had been. Anything else, and another client's token, is answered like success.
 */
import { JwtError } from '@keywright/jwt';
import { authenticateClient } from './clients/authentication/index.ts';
import type { Core } from './core.ts';
import { OAuthError } from './errors.ts';
import type { HttpRequest, HttpResponse } from './http/message.ts';
import { parseForm, requireParameter } from './http/parameters.ts';
import { empty } from './http/responses.ts';
import { readRefreshToken } from './issue/refresh-token.ts';
import type { Client } from './model.ts';

export async function handleRevoke(core: Core, request: HttpRequest): Promise<HttpResponse> {
  if (request.query !== '') throw new OAuthError('credentials_in_query');
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const client = await authenticateClient(request, parameters, core.loadClient, now);
  const token = requireParameter(parameters, 'token');
  const refresh = readRefreshToken(token);
  if (refresh === undefined) await assertNotOwnAccessToken(core, client, token, now);
  else await endFamily(core, client, refresh, now);
  return empty(200);
}

/** Any token of the family ends it, as long as it once was a real one; §2.1: only for the client it was issued to. */
async function endFamily(
  core: Core,
  client: Client,
  token: { readonly familyId: string; readonly digest: string },
  now: number,
): Promise<void> {
  const family = await core.store.families.load(token.familyId);
  if (family === undefined || family.clientId !== client.id || family.endedAt !== undefined) return;
  await core.store.families.end(family.id, now);
  core.events.emit({ type: 'family.ended', clientId: client.id, familyId: family.id, by: 'client' });
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
    // §2.2: an invalid token is no error; there is nothing left to do about it.
    if (!(error instanceof JwtError)) throw error;
  }
}
