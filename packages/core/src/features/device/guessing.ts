/**
 * Guesses of user codes (RFC 8628 §5.1). Only a signed-in user may try a code. A try is taken from
 * two buckets before the code is looked up, so that parallel guesses count one by one. It is given
 * back if the code exists:
 * - account: 10 at once, and then one a minute: at most 20 while a code is valid;
 * - network: 60 at once, and then one in ten seconds, against an attacker with many accounts: at
 *   most 120 while a code is valid.
 *
 * If N codes wait, one account finds one of them with a probability of N × 20 / 20^8: less than one
 * in a billion for each code.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { OAuthError, throttled } from '../../model/errors.ts';
import type { Bucket } from '../../model/ports.ts';
import { networkOf } from '../../rules/network.ts';
import type { DeferredRequest } from '../../model/deferred-ports.ts';
import { loadByUserCode } from '../../kernel/deferred/user-code.ts';

const policy = { name: 'user-code', quota: 10, windowSeconds: 600 };

export interface CodeTry {
  readonly typed: string;
  readonly accountId: string;
  readonly remoteAddress: string;
}

/**
 * The request of the device, pending and not expired. Throws throttled, user_code_unknown. The
 * error is the same for an unknown, an expired and an answered code.
 */
export async function tryUserCode(
  core: Core,
  attempt: CodeTry,
  now: number,
): Promise<DeferredRequest> {
  const buckets = bucketsOf(attempt);
  const wait = await core.store.throttles.take(buckets, now);
  const { accountId } = attempt;
  if (wait > 0) throw throttled(policy, wait, { accountId });
  const found = await loadByUserCode(core, attempt.typed);
  if (found === undefined || found.status !== 'pending' || found.expiresAt <= now) {
    const network = networkOf(attempt.remoteAddress);
    core.events.emit({ type: 'user_code.wrong', accountId, network });
    throw new OAuthError('user_code_unknown', { log: { accountId } });
  }
  await core.store.throttles.giveBack(buckets, now);
  return found;
}

function bucketsOf({ accountId, remoteAddress }: CodeTry): readonly Bucket[] {
  const network = digest(networkOf(remoteAddress));
  return [
    { key: `user-code-account:${accountId}`, intervalSeconds: 60, burst: 10 },
    { key: `user-code-network:${network}`, intervalSeconds: 10, burst: 60 },
  ];
}
