/**
 * The token request of a deferred request (RFC 8628 §3.4, §3.5; CIBA §10.1, §11), for both grants:
 * 1. the state of the request is read, and a client that asks too soon must slow down;
 * 2. once approved, the request is checked before anything is spent;
 * 3. it is spent once, in the act that starts its token family;
 * 4. a second use is refused and ends that family, as for a code, because one of the two callers is
 *    a thief.
 */
import { digest } from '@keywright/jwt';
import { mayUseGrant } from '../policy/tiers.ts';
import { type Agreed, answerWithPlan, planAccess } from '../tokens/agreed-access.ts';
import type { Core } from '../core.ts';
import type { DeferredKind, PollOutcome } from '../../model/deferred-ports.ts';
import { OAuthError } from '../../model/errors.ts';
import { makeFamily, makeRefreshToken } from '../tokens/refresh-token.ts';
import type { TokenRequest, TokenResponse } from '../tokens/token-request.ts';
import { familyIdOf, handleOfCode } from '../../model/token-id.ts';

export async function redeemDeferred(
  core: Core,
  request: TokenRequest,
  kind: DeferredKind,
  secret: string,
): Promise<TokenResponse> {
  const { client, now } = request;
  const key = digest(secret);
  const polled = await core.store.deferred.poll(key, kind, client.id, now);
  const { accountId, agreed } = assertApproved(polled, client.id);
  const plan = await planAccess(core, request, { accountId, ...agreed });

  const handle = handleOfCode(secret);
  const id = familyIdOf(handle);
  const refreshToken = mayUseGrant(client, 'refresh_token')
    ? makeRefreshToken(core, handle)
    : undefined;
  if (request.remember !== undefined) await request.remember();
  await spend(core, request, { kind, key, id, agreed: plan.agreed, refreshToken });
  return answerWithPlan(core, request, plan, id, refreshToken);
}

type Approved = Extract<PollOutcome, { readonly outcome: 'approved' }>;

function assertApproved(polled: PollOutcome, clientId: string): Approved {
  switch (polled.outcome) {
    case 'approved':
      return polled;
    case 'pending':
      throw new OAuthError('authorization_pending');
    case 'too-soon':
      throw new OAuthError('polled_too_soon', { log: { interval: polled.intervalSeconds } });
    case 'expired':
      throw new OAuthError('deferred_expired');
    case 'denied':
      throw new OAuthError('deferred_denied');
    case 'unknown':
      throw new OAuthError('deferred_invalid', { log: { clientId } });
  }
}

interface Spent {
  readonly kind: DeferredKind;
  readonly key: string;
  readonly id: string;
  readonly agreed: Agreed;
  readonly refreshToken: string | undefined;
}

async function spend(
  core: Core,
  { client, confirmation, now }: TokenRequest,
  { kind, key, id, agreed, refreshToken }: Spent,
): Promise<void> {
  const { accountId, grantId, scopes } = agreed;
  // Without a session: if the user signs out of the browser in which they answered, the other
  // device is not concerned.
  const family = makeFamily(core, { id, client, confirmation, ...agreed }, refreshToken, now);
  const { outcome } = await core.store.deferred.redeem(key, family, now);
  const facts = { kind, clientId: client.id, accountId, familyId: id };
  if (outcome === 'redeemed') {
    core.events.emit({ type: 'deferred.redeemed', ...facts, grantId, scopes });
    return;
  }
  if (outcome === 'reused') core.events.emit({ type: 'deferred.reused', ...facts });
  throw new OAuthError('deferred_invalid', { log: { clientId: client.id, outcome } });
}
