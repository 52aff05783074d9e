/**
 * Requests that wait for a user (RFC 8628, CIBA). A service can list them and answer in place of
 * the user: a test bench, or another channel of the operator.
 */
import { parseAddress } from '../../kernel/json-api/listing.ts';
import {
  missing,
  optionalText,
  parseObject,
  requireText,
  wrong,
} from '../../kernel/json-api/members.ts';
import type { Core } from '../../kernel/core.ts';
import { answerDeferred } from '../../kernel/deferred/answer.ts';
import type { DeferredRequest } from '../../model/deferred-ports.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { json } from '../../kernel/http/responses.ts';
import type { Client } from '../../model/entities.ts';

/**
 * The requests that wait for one account. A request of a device belongs to no account until its
 * code was typed, so it is answered by that code.
 */
export async function listRequests(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const accountId =
    parseAddress(request, ['account_id']).get('account_id') ?? missing('account_id');
  const now = core.clock.nowSeconds();
  const kinds = await Promise.all(
    (['ciba', 'device'] as const).map((kind) =>
      core.store.deferred.listPending(accountId, kind, now),
    ),
  );
  return json({ requests: kinds.flat().map(renderRequest) });
}

function renderRequest({ digest, kind, clientId, ask, createdAt, expiresAt }: DeferredRequest) {
  return {
    request_id: digest,
    kind,
    client_id: clientId,
    scope: ask.scopes.join(' '),
    binding_message: ask.bindingMessage,
    created_at: createdAt,
    expires_at: expiresAt,
  };
}

/**
 * One of `request_id`, `auth_req_id`, `device_code` or `user_code` identifies it. `decision` is
 * `approve` or `deny`.
 */
export async function answerRequest(
  core: Core,
  request: HttpRequest,
  caller: Client,
): Promise<HttpResponse> {
  const body = parseObject(request);
  const accountId = requireText(body, 'account_id');
  const decision = requireText(body, 'decision');
  if (decision !== 'approve' && decision !== 'deny')
    throw wrong('decision must be approve or deny.');
  const names = {
    digest: optionalText(body, 'request_id'),
    authReqId: optionalText(body, 'auth_req_id'),
    deviceCode: optionalText(body, 'device_code'),
    userCode: optionalText(body, 'user_code'),
  };
  const given = Object.entries(names).filter(([, value]) => value !== undefined);
  if (given.length !== 1)
    throw wrong('One of request_id, auth_req_id, device_code or user_code is required.');
  const answered = await answerDeferred(core, {
    ...Object.fromEntries(given),
    accountId,
    approve: decision === 'approve',
    by: caller.id,
  });
  return json({ client_id: answered.client.id, approved: answered.approved });
}
