/**
 * The refresh grant (RFC 6749 §6) with rotation (RFC 9700 §4.14.2):
 * 1. the token is this client's; what it asks for is within what was granted: checked before it is spent;
 * 2. one act spends it and stores its successor;
 * 3. an honest retry is given the same successor, as long as that is unused and the tier's window is open;
 * 4. any other spent token of the family is theft: the family has ended by the time we answer.
 */
import type { ApiDirectory } from '../apis/directory.ts';
import type { Core } from '../core.ts';
import { lifetimesOf } from '../core.ts';
import { OAuthError } from '../errors.ts';
import { requireParameter } from '../http/parameters.ts';
import {
  makeRefreshToken,
  type PresentedRefreshToken,
  readRefreshToken,
  sealSuccessor,
  unsealSuccessor,
} from '../issue/refresh-token.ts';
import { answerWithTokens } from '../issue/tokens.ts';
import { digest } from '@keywright/jwt';
import type { Client, Family } from '../model.ts';
import { assertScopesWithin, parseScope } from '../rules/scope.ts';
import { chooseAudience, parseResources, scopesForAudience } from '../rules/target.ts';
import type { TokenRequest, TokenResponse } from './request.ts';

export async function rotateRefreshToken(core: Core, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, client, now } = request;
  const presented = readRefreshToken(requireParameter(parameters, 'refresh_token'));
  if (presented === undefined)
    throw new OAuthError('refresh_token_invalid', { log: { clientId: client.id } });
  const family = await loadFamily(core, presented, client);

  const audience = chooseAudience(
    parseResources(parameters.all('resource')),
    family.audiences,
    core.options.issuer,
  );
  const apis = await core.loadApis();
  const scopes = narrowScopes(family, parameters.get('scope'), audience, client, apis);

  const successor = await rotate(core, presented, family, client, now);
  return answerWithTokens(
    core,
    {
      client,
      subject: family.accountId,
      scopes,
      audience,
      apis,
      origin: family.id,
      authenticatedAt: family.authenticatedAt,
      confirmation: request.confirmation,
      terms: family.terms,
      refreshToken: successor,
    },
    now,
  );
}

/** A family of another client is as unknown as none, and is not touched (RFC 6749 §10.4). */
async function loadFamily(core: Core, presented: PresentedRefreshToken, client: Client): Promise<Family> {
  const family = await core.store.families.load(presented.familyId);
  if (family === undefined || family.clientId !== client.id)
    throw new OAuthError('refresh_token_invalid', {
      log: { clientId: client.id, known: family !== undefined },
    });
  return family;
}

/**
 * RFC 6749 §6: the scope may be narrowed, never widened. A scope that the client has lost since is dropped without a
 * word, as it would be in a new authorization.
 */
function narrowScopes(
  family: Family,
  requested: string | undefined,
  audience: string,
  client: Client,
  apis: ApiDirectory,
): readonly string[] {
  const granted = family.scopes.filter((scope) => client.scopes.includes(scope));
  if (requested === undefined) return scopesForAudience(granted, audience, apis);
  const scopes = parseScope(requested);
  assertScopesWithin(scopes, granted);
  return scopesForAudience(scopes, audience, apis);
}

/** The successor: a new one, or for an honest retry the one that the first try was given. */
async function rotate(
  core: Core,
  presented: PresentedRefreshToken,
  family: Family,
  client: Client,
  now: number,
): Promise<string> {
  const lifetimes = lifetimesOf(core, client);
  const successor = makeRefreshToken(core, presented.handle);
  const result = await core.store.families.rotate(
    {
      familyId: family.id,
      clientId: client.id,
      presentedDigest: presented.digest,
      successorDigest: digest(successor),
      sealedSuccessor: sealSuccessor(core, successor, presented.token),
      expiresAt: now + lifetimes.refreshIdleSeconds,
      retrySeconds: lifetimes.refreshRetrySeconds,
    },
    now,
  );
  if (result.outcome === 'rotated') return successor;
  if (result.outcome === 'replayed') {
    const former = unsealSuccessor(core, result.sealedSuccessor, presented.token);
    if (former !== undefined) return former;
  }
  const { id: familyId, accountId } = family;
  if (result.outcome === 'reused')
    core.events.emit({ type: 'refresh_token.reused', clientId: client.id, accountId, familyId });
  throw new OAuthError(result.outcome === 'reused' ? 'refresh_token_reused' : 'refresh_token_invalid', {
    log: { clientId: client.id, familyId, outcome: result.outcome },
  });
}
