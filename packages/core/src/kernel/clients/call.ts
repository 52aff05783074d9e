/**
 * The first steps of every endpoint that a client calls with a form: parse the form, authenticate
 * the client, apply its limit.
 */
import { authenticateClient } from './authentication/index.ts';
import type { Core } from '../core.ts';
import { OAuthError, refusedTo } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { type Parameters, parseForm } from '../http/parameters.ts';
import { takeOfClient, withAllowance } from '../limits/limits.ts';
import type { Client } from '../../model/entities.ts';

export interface ClientCall {
  readonly request: HttpRequest;
  readonly parameters: Parameters;
  readonly client: Client;
  readonly now: number;
}

/**
 * Answers a call of a client that authenticated as registered (RFC 6749 §2.3). Nothing else of the
 * call is read before. Throws what `authenticateClient` and `answer` throw, with the client in the
 * log, and throttled.
 */
export async function answerClient(
  core: Core,
  request: HttpRequest,
  answer: (call: ClientCall) => HttpResponse | Promise<HttpResponse>,
): Promise<HttpResponse> {
  const parameters = parseCall(request);
  const now = core.clock.nowSeconds();
  const client = await authenticateClient(core, request, parameters, now);
  const allowance = takeOfClient(core, client, request.remoteAddress);
  const call = { request, parameters, client, now };
  return withAllowance(
    await refusedTo({ clientId: client.id }, async () => answer(call)),
    allowance,
  );
}

/**
 * RFC 6749 §2.3.1: parameters of these endpoints are only in the body. An address is written to
 * logs.
 */
export function parseCall(request: HttpRequest, repeatable?: readonly string[]): Parameters {
  if (request.query !== '') throw new OAuthError('credentials_in_query');
  return parseForm(request, repeatable);
}
