/**
 * Who may register a client (RFC 7591 §3): callers with an initial access token, or everybody,
 * within limits.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { OAuthError, throttled } from '../../model/errors.ts';
import type { HttpRequest } from '../../kernel/http/message.ts';
import { networkOf } from '../../rules/network.ts';
import { readBearer } from './bearer.ts';
import {
  giveBackInitialToken,
  loadInitialToken,
  spendInitialToken,
} from '../../kernel/clients/registering/initial-token.ts';

export interface Admission {
  /** Takes one use of the token. Called after all checks, just before the client is stored. */
  spend(): Promise<void>;
  giveBack(): Promise<void>;
}

/**
 * Called before the request is read, because reading may send requests to other hosts. Throws
 * token_missing, registration_token_invalid or throttled. A token in the request is also checked if
 * none is required.
 */
export async function assertMayRegister(
  core: Core,
  request: HttpRequest,
  now: number,
): Promise<Admission> {
  const text = readBearer(request);
  if (text === undefined) {
    if (core.options.features.registration !== 'open') throw new OAuthError('token_missing');
    await takeOfNetwork(core, request, now);
    return { spend: async () => undefined, giveBack: async () => undefined };
  }
  const token = await loadInitialToken(core, text, now);
  return {
    spend: () => spendInitialToken(core, token, now),
    giveBack: () => giveBackInitialToken(core, token, now),
  };
}

/**
 * Unauthenticated callers create rows, so the number for each network is limited, over all nodes.
 * Refused requests count too.
 */
async function takeOfNetwork(core: Core, request: HttpRequest, now: number): Promise<void> {
  const { perSecond, burst } = core.options.registration.limit;
  const network = networkOf(request.remoteAddress);
  const bucket = { key: `registration:${digest(network)}`, intervalSeconds: 1 / perSecond, burst };
  const retryAfterSeconds = await core.store.throttles.take([bucket], now);
  if (retryAfterSeconds === 0) return;
  const windowSeconds = Math.max(1, Math.ceil(burst / perSecond));
  const policy = { name: 'registration', quota: burst, windowSeconds };
  throw throttled(policy, retryAfterSeconds, { limit: 'registration', network });
}
