/**
 * Pushed authorization requests (RFC 9126). A client authenticates and sends the request here
 * first, without the browser. The link for the user then contains only a reference. The request is
 * checked now in the same way as later, so a request that could not succeed is refused.
 */
import { loadRequester } from '../authorization/client.ts';
import { checkAuthorizationRequest } from '../authorization/check.ts';
import type { Presented } from '../authorization/presented-request.ts';
import { presentObject } from '../authorization/presented.ts';
import { keepPushed, pushedSeconds } from '../authorization/pushed.ts';
import { bindPushedRequest } from '../../kernel/sender-constraint/dpop.ts';
import { answerClient, type ClientCall } from '../../kernel/clients/call.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { type Parameters, parametersOf, valuesOf } from '../../kernel/http/parameters.ts';
import { json } from '../../kernel/http/responses.ts';
import type { Client } from '../../model/entities.ts';

/**
 * RFC 9126 §2.1: the client authenticates as at the token endpoint, before anything of the request
 * is read.
 */
export function handlePushedRequest(core: Core, request: HttpRequest): Promise<HttpResponse> {
  return answerClient(core, request, async (call) => {
    const reference = await push(core, call);
    // RFC 9126 §2.2: 201, and how long the reference can be used.
    return json({ request_uri: reference, expires_in: pushedSeconds }, 201);
  });
}

async function push(
  core: Core,
  { request, client, parameters: form, now }: ClientCall,
): Promise<string> {
  // A client without a redirect URI cannot send users here, so it has nothing to push.
  if (client.redirectUris.length === 0) throw new OAuthError('client_not_permitted');
  // RFC 9126 §2.1: "The request_uri authorization request parameter is one exception, and it MUST
  // NOT be provided."
  if (form.get('request_uri') !== undefined)
    throw new OAuthError('parameter_unsupported', {
      description: 'request_uri cannot be part of a pushed request.',
    });
  const plain = await presentForm(core, client, form, now);
  const { presented, remember } = await bound(core, request, client, plain);
  // The digest does not exist yet. For the check, it is enough that the request was pushed.
  const requester = await loadRequester(core, { ...presented, pushed: '' });
  await checkAuthorizationRequest(core, presented.parameters, requester, now);
  return keepPushed(core, client, presented, request.remoteAddress, now, remember);
}

/**
 * RFC 9126 §3: with a request object, nothing outside of it counts except the authentication of the
 * client. The authentication is not part of the request, and is never stored.
 */
async function presentForm(
  core: Core,
  client: Client,
  form: Parameters,
  now: number,
): Promise<Presented> {
  if (form.get('request') !== undefined && core.options.features.requestObjects)
    return presentObject(core, client, form, now);
  const {
    client_secret: _,
    client_assertion: __,
    client_assertion_type: ___,
    ...own
  } = valuesOf(form);
  // The header has authenticated the client, so the form need not name it (RFC 6749 §2.3.1).
  return { parameters: parametersOf({ ...own, client_id: client.id }), isSigned: false };
}

/**
 * RFC 9449 §10.1: the key of a proof that was sent with the push binds the code, as `dpop_jkt`
 * does.
 */
async function bound(
  core: Core,
  request: HttpRequest,
  client: Client,
  presented: Presented,
): Promise<{ readonly presented: Presented; readonly remember?: () => Promise<void> }> {
  const { parameters } = presented;
  const { thumbprint, ...proof } = await bindPushedRequest(core, request, client, parameters);
  if (thumbprint === undefined || parameters.get('dpop_jkt') !== undefined)
    return { presented, ...proof };
  const bound = parametersOf({ ...valuesOf(parameters), dpop_jkt: thumbprint });
  return { presented: { ...presented, parameters: bound }, ...proof };
}
