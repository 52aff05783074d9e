/**
 * Limits the requests of a client and a network, to limit the load. Each node counts for itself.
 * Off unless configured. Password attempts have other limits, which are exact and always on
 * (kernel/accounts/password-check.ts).
 */
import type { RefusalLog } from '@keywright/wire/events';
import { type OAuthError, throttled } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { Client } from '../../model/entities.ts';
import { networkOf } from '../../rules/network.ts';
import { rateLimitHeaders } from '../http/rate-limit-headers.ts';
import type { Limits, Allowance } from '../../model/limit-ports.ts';

interface Limited {
  readonly limits?: Limits;
}

/**
 * Called when the client is known, before any work for it. Undefined if it has no limit. Throws
 * throttled.
 */
export function takeOfClient(
  { limits }: Limited,
  client: Client,
  remoteAddress: string,
): Allowance | undefined {
  const isPublic = client.authenticationMethods.includes('none');
  const limiter =
    limits?.ofClients?.get(client.id) ?? (isPublic ? limits?.publicClient : limits?.client);
  if (limiter === undefined) return undefined;
  // Anybody can name a client without a secret, and must not use up the limit of all.
  const key = isPublic ? `${client.id} ${networkOf(remoteAddress)}` : client.id;
  return assertAllowed(limiter.take(key), { clientId: client.id });
}

/** Called before the caller is known. Undefined without a limit. Throws throttled. */
export function takeOfNetwork({ limits }: Limited, request: HttpRequest): Allowance | undefined {
  if (limits?.network === undefined) return undefined;
  const network = networkOf(request.remoteAddress);
  return assertAllowed(limits.network.take(network), { network });
}

/**
 * A failed authentication counts for its network. If the network has no request left, the answer is
 * throttled. A successful authentication is never refused because of other callers.
 */
export function countFailure(
  { limits }: Limited,
  request: HttpRequest,
  error: OAuthError,
): OAuthError {
  if (error.refusal.status !== 401 || limits?.network === undefined) return error;
  const network = networkOf(request.remoteAddress);
  const allowance = limits.network.take(network);
  return allowance.allowed ? error : refusalOf(allowance, { network, insteadOf: error.reason });
}

function assertAllowed(allowance: Allowance, log: RefusalLog): Allowance {
  if (!allowance.allowed) throw refusalOf(allowance, log);
  return allowance;
}

function refusalOf({ policy, waitSeconds }: Allowance, log: RefusalLog): OAuthError {
  return throttled(policy, waitSeconds, { limit: policy.name, ...log });
}

/** Adds the state of the limit to the answer. */
export function withAllowance(
  response: HttpResponse,
  allowance: Allowance | undefined,
): HttpResponse {
  if (allowance === undefined) return response;
  const { policy, remaining, waitSeconds } = allowance;
  const headers = {
    ...response.headers,
    'access-control-expose-headers': 'RateLimit, RateLimit-Policy',
    ...rateLimitHeaders(policy, remaining, waitSeconds),
  };
  return { ...response, headers };
}
