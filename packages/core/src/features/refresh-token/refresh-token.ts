/**
 * The refresh grant (RFC 6749 §6) with rotation (RFC 9700 §4.14.2):
 * 1. the token belongs to this client, and the request is within what was granted: checked before
 *    it is spent;
 * 2. one act spends it and stores its successor;
 * 3. an honest retry gets the same successor, while the successor is unused and the window of the
 *    tier is open;
 * 4. any other spent token of the family is theft. The same act ends the family.
 * If a profile requires it, the token is not rotated: instead of step 2, the act only moves the end
 * of the family.
 */
import { assertShown, isPublic } from '../../kernel/sender-constraint/index.ts';
import { answerWithPlan, planAccess } from '../../kernel/tokens/agreed-access.ts';
import { type Core, lifetimesOf, policyOf } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { requireParameter } from '../../kernel/http/parameters.ts';
import { endAfterUse, retryWindowOf } from '../../kernel/tokens/refresh-lifetime.ts';
import {
  makeRefreshToken,
  type PresentedRefreshToken,
  readRefreshToken,
  sealSuccessor,
  unsealSuccessor,
} from '../../kernel/tokens/refresh-token.ts';
import { digest } from '@keywright/jwt';
import type { Client, Family } from '../../model/entities.ts';
import type { TokenRequest, TokenResponse } from '../../kernel/tokens/token-request.ts';

export async function rotateRefreshToken(
  core: Core,
  request: TokenRequest,
): Promise<TokenResponse> {
  const { parameters, client, now } = request;
  const presented = readRefreshToken(requireParameter(parameters, 'refresh_token'));
  if (presented === undefined)
    throw new OAuthError('refresh_token_invalid', { log: { clientId: client.id } });
  const stored = await loadFamily(core, presented, client);
  // RFC 9449 §5, RFC 8705 §4: a thief does not have the key or certificate that it is bound to.
  assertShown(stored.terms?.confirmation, request.confirmation, client.id);

  // OpenID Connect Core §12.2: the answer may contain an ID token. A request without `scope` means
  // everything that was granted (RFC 6749 §6). kubectl needs an ID token here.
  const plan = await planAccess(core, request, stored, parameters.get('scope'));
  if (request.remember !== undefined) await request.remember();
  const refreshToken = await spend(core, presented, plan.agreed, client, now);
  return answerWithPlan(core, request, plan, stored.id, refreshToken);
}

/** A family of another client counts as unknown, and is not changed (RFC 6749 §10.4). */
async function loadFamily(
  core: Core,
  presented: PresentedRefreshToken,
  client: Client,
): Promise<Family> {
  const family = await core.store.families.load(presented.familyId);
  if (family === undefined || family.clientId !== client.id)
    throw new OAuthError('refresh_token_invalid', {
      log: { clientId: client.id, known: family !== undefined },
    });
  return family;
}

/**
 * A token that is not rotated is returned unchanged, because some clients store the token of the
 * last answer.
 */
async function spend(
  core: Core,
  presented: PresentedRefreshToken,
  family: Family,
  client: Client,
  now: number,
): Promise<string> {
  const expiresAt = endAfterUse(family, lifetimesOf(core, client), now);
  if (expiresAt <= now)
    throw new OAuthError('refresh_token_invalid', {
      log: { clientId: client.id, familyId: family.id },
    });
  const stays =
    staysForever(core, client, family) && (await use(core, presented, client, expiresAt, now));
  // The presented token is not the current one. It is an earlier honest retry, ended, or stolen:
  // the rotation decides which, and rotates nothing.
  return stays ? presented.token : rotate(core, presented, family, client, expiresAt, now);
}

/**
 * FAPI 2.0 Security Profile §5.3.2.1: no rotation if a stolen token cannot be used, because the
 * client authenticates or the token is bound. For every other token, only rotation reveals a theft
 * (RFC 9700 §4.14.2).
 */
function staysForever(core: Core, client: Client, { terms }: Family): boolean {
  if (!policyOf(core, client).refreshTokensStay) return false;
  return !isPublic(client) || terms?.confirmation !== undefined;
}

function use(
  core: Core,
  { familyId, digest: presentedDigest }: PresentedRefreshToken,
  client: Client,
  expiresAt: number,
  now: number,
): Promise<boolean> {
  return core.store.families.use(
    { familyId, clientId: client.id, presentedDigest, expiresAt },
    now,
  );
}

/** The successor: a new one, or for an honest retry the one of the first attempt. */
async function rotate(
  core: Core,
  presented: PresentedRefreshToken,
  family: Family,
  client: Client,
  expiresAt: number,
  now: number,
): Promise<string> {
  const successor = makeRefreshToken(core, presented.handle);
  const result = await core.store.families.rotate(
    {
      familyId: family.id,
      clientId: client.id,
      presentedDigest: presented.digest,
      successorDigest: digest(successor),
      sealedSuccessor: sealSuccessor(core, successor, presented.digest),
      expiresAt,
      retrySeconds: retryWindowOf(lifetimesOf(core, client), client, family),
    },
    now,
  );
  if (result.outcome === 'rotated') return successor;
  if (result.outcome === 'replayed') {
    const former = unsealSuccessor(core, result.sealedSuccessor, presented);
    if (former !== undefined) return former;
  }
  const { id: familyId, accountId } = family;
  if (result.outcome === 'reused')
    core.events.emit({ type: 'refresh_token.reused', clientId: client.id, accountId, familyId });
  throw new OAuthError(
    result.outcome === 'reused' ? 'refresh_token_reused' : 'refresh_token_invalid',
    {
      log: { clientId: client.id, familyId, outcome: result.outcome },
    },
  );
}
