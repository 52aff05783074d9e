/**
 * Introspection (RFC 7662): the state of a token. Only two callers learn it: a service of the API
 * that the token is for, and the client that it was issued to. For every other caller, the token is
 * inactive (§2.2).
 */
import { JwtError, type KeySet, readApiKey } from '@keywright/jwt';
import { subjectOf } from '../../kernel/accounts/subject.ts';
import { describeApiKey } from '../../kernel/tokens/api-key-introspection.ts';
import { isPublic } from '../../kernel/sender-constraint/index.ts';
import { answerClient } from '../../kernel/clients/call.ts';
import type { Core } from '../../kernel/core.ts';
import { joinParts } from '../../kernel/authorization-details/parts.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { requireParameter } from '../../kernel/http/parameters.ts';
import { json } from '../../kernel/http/responses.ts';
import { isSignedFor, signIntrospection } from '../../kernel/tokens/introspection-answer.ts';
import { isTokenAlive, loadHolder, readOwnToken } from '../../kernel/tokens/own-access-token.ts';
import { readRefreshToken } from '../../kernel/tokens/refresh-token.ts';
import { tokenTypeOf } from '../../kernel/tokens/tokens.ts';
import type { Client } from '../../model/entities.ts';
import type { OwnAccessToken, ApiDirectory } from '../../model/services.ts';

type Answer = Readonly<Record<string, unknown>>;
const inactive: Answer = { active: false };

export function handleIntrospect(core: Core, request: HttpRequest): Promise<HttpResponse> {
  return answerClient(core, request, async ({ client, parameters, now }) => {
    // §2.1: the caller must be authorized. A public client has not proved who it is.
    if (isPublic(client)) throw new OAuthError('client_authentication_failed');
    const described = await describe(core, client, requireParameter(parameters, 'token'), now);
    return isSignedFor(core, request, client)
      ? signIntrospection(core, client, described, now)
      : json(described);
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
  const claims = await readAccessToken(core, token, (await core.keys.load()).verification, now);
  if (claims === undefined) return inactive;
  if (!concerns(client, claims, await core.loadApis())) {
    // The caller gets the answer for an unknown token. The event shows the operator that a service
    // is missing in the `introspectors` of an API.
    core.events.emit({ type: 'introspection.withheld', clientId: client.id, audience: claims.aud });
    return inactive;
  }
  const [isAlive, username] = await Promise.all([
    // The server's own token, with which it asks an API about resources, ends in a minute.
    claims.client_id === core.options.issuer || isTokenAlive(core, claims),
    usernameOf(core, client, claims),
  ]);
  if (!isAlive) return inactive;
  // RFC 9449 §6.2, RFC 8705 §3.2, RFC 9396 §9.2, RFC 8693 §4.1, RFC 9470 §6.2: the claims of the
  // token contain all of these members.
  return { active: true, token_type: tokenTypeOf(claims.cnf), ...claims, ...username };
}

interface Username {
  readonly username?: string;
}

/**
 * §2.2 `username`: the e-mail address with which the user signs in. §5: only if the user agreed
 * that this token may read it at userinfo, or for services of the platform. Never for a client that
 * knows the user by a pairwise subject.
 */
async function usernameOf(core: Core, caller: Client, claims: OwnAccessToken): Promise<Username> {
  const { sub, scope, userinfo_claims: single = [] } = claims;
  const isAgreed = scope.split(' ').includes('email') || single.includes('email');
  if (sub === claims.client_id || (!isAgreed && caller.trust !== 'first-party')) return {};
  const holder = await loadHolder(core, claims);
  if (holder === undefined || (!isAgreed && holder.id !== sub)) return {};
  return { username: holder.email };
}

async function readAccessToken(
  core: Core,
  token: string,
  keys: KeySet,
  now: number,
): Promise<OwnAccessToken | undefined> {
  try {
    return await readOwnToken(core, token, keys, now);
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
    sub: subjectOf(core, client, family.accountId),
    scope: family.scopes.join(' '),
    exp: family.expiresAt,
    // A token that was used without rotation is as old as its family.
    iat: (family.previousDigest === undefined ? undefined : family.rotatedAt) ?? family.createdAt,
    ...(family.terms?.confirmation !== undefined ? { cnf: family.terms.confirmation } : {}),
    // RFC 9396 §9.2: of every API, because the refresh token is for all of them.
    ...(family.terms?.authorizationDetails !== undefined
      ? {
          authorization_details: joinParts(
            family.terms.authorizationDetails,
            await core.loadApis(),
          ),
        }
      : {}),
  };
}
