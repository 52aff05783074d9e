/**
 * Who may register (RFC 7591 §3): whoever has an initial access token, or everybody, and how often.
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
  /** Takes a use of the token: once everything is checked, just before the client is stored. */
  spend(): Promise<void>;
  giveBack(): Promise<void>;
}

/**
 * Before anything of the request is looked at, since looking may lead out. Throws token_missing,
 * registration_token_invalid or throttled. A token that is sent is judged also where none is
 * needed.
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
 * Unauthenticated callers make rows, so each network may make only so many, counted over all nodes.
 * Refused requests count as well.
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
