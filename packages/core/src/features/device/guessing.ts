/**
 * Guessing user codes (RFC 8628 §5.1). Only somebody who is signed in may try one. A try is taken
 * from two buckets before the code is looked up, so that parallel guesses count one by one, and
 * given back when there was such a code:
 * - account: 10 at once, and then one a minute: at most 20 while a code is valid;
 * - network: 60 at once, and then one in ten seconds, for a guesser with many accounts: at most
 *   120 while a code is valid.
 *
 * Of 20^8 codes one account hits one of N that wait with a chance of N × 20 / 20^8, less than one
 * to a billion for each of them.
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
 * The device's request, pending and not expired. Throws throttled, user_code_unknown: the same for
 * none, an old and an answered one.
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
