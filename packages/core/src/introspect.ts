/**
 * Introspection (RFC 7662): what a token is worth now, told only to whom it concerns: the service that stands for the
 * API that the token is for, and the client that it was issued to. Anyone else is told it is inactive (§2.2).
 */
import { JwtError, type KeySet, readApiKey } from '@keywright/jwt';
import { describeApiKey } from './api-keys/introspection.ts';
import type { ApiDirectory } from './apis/directory.ts';
import { authenticateClient } from './clients/authentication/index.ts';
import type { Core } from './core.ts';
import { OAuthError, refusedTo } from './errors.ts';
import type { HttpRequest, HttpResponse } from './http/message.ts';
import { parseForm, requireParameter } from './http/parameters.ts';
import { json } from './http/responses.ts';
import { takeOfClient, withAllowance } from './limits/limits.ts';
import { isTokenAlive, type OwnAccessToken } from './issue/own-access-token.ts';
import { readRefreshToken } from './issue/refresh-token.ts';
import type { Client } from './model.ts';

type Answer = Readonly<Record<string, unknown>>;
const inactive: Answer = { active: false };

export async function handleIntrospect(core: Core, request: HttpRequest): Promise<HttpResponse> {
  if (request.query !== '') throw new OAuthError('credentials_in_query');
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const client = await authenticateClient(request, parameters, core.loadClient, now);
  // §2.1: the caller must be authorized; a public client proves nothing about who it is.
  if (client.secrets.length === 0)
    throw new OAuthError('client_authentication_failed', { log: { clientId: client.id } });
  const allowance = takeOfClient(core, client, request.remoteAddress);
  return refusedTo({ clientId: client.id }, async () => {
    const described = await describe(core, client, requireParameter(parameters, 'token'), now);
    return withAllowance(json(described), allowance);
  });
}

async function describe(core: Core, client: Client, token: string, now: number): Promise<Answer> {
  const refresh = readRefreshToken(token);
  if (refresh !== undefined) return describeRefreshToken(core, client, refresh, now);
  const apiKey = readApiKey(token);
  if (apiKey !== undefined) {
    const described = await describeApiKey(core, client, apiKey, now);
    return described === undefined ? inactive : { active: true, ...described };
  }
  const claims = readAccessToken(core, token, (await core.keys.load()).verification, now);
  if (claims === undefined || !concerns(client, claims, await core.loadApis())) return inactive;
  return (await isTokenAlive(core, claims)) ? { active: true, token_type: 'Bearer', ...claims } : inactive;
}

function readAccessToken(core: Core, token: string, keys: KeySet, now: number): OwnAccessToken | undefined {
  try {
    return core.verifyToken(token, keys, now);
  } catch (error) {
    if (error instanceof JwtError) return undefined;
    throw error;
  }
}

function concerns(client: Client, claims: OwnAccessToken, apis: ApiDirectory): boolean {
  if (claims.client_id === client.id) return true;
  return apis.find(claims.aud)?.introspectors.includes(client.id) === true;
}

async function describeRefreshToken(
  core: Core,
  client: Client,
  token: { readonly familyId: string; readonly digest: string },
  now: number,
): Promise<Answer> {
  const family = await core.store.families.load(token.familyId);
  if (family === undefined || family.clientId !== client.id) return inactive;
  const alive =
    family.endedAt === undefined && family.expiresAt > now && family.currentDigest === token.digest;
  if (!alive) return inactive;
  return {
    active: true,
    iss: core.options.issuer,
    client_id: family.clientId,
    sub: family.accountId,
    scope: family.scopes.join(' '),
    exp: family.expiresAt,
    iat: family.rotatedAt ?? family.createdAt,
  };
}
