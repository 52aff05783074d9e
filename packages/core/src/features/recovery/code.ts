/**
 * Forgotten password, second page: the code. The link of the mail leads here too, and uses nothing
 * up: a program that opens each link of a mail changes nothing.
 */
import type { Core } from '../../kernel/core.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../../kernel/http/parameters.ts';
import { page, redirect } from '../../kernel/http/responses.ts';
import { onwardOf, pageAddress } from '../../kernel/pages/onward.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { signInHeaders } from '../../kernel/pages/sign-in-headers.ts';
import { redeemCode } from '../../kernel/verification/codes.ts';
import { type Flow, isOwnFlow, openFlow } from '../../kernel/verification/flow.ts';
import { OAuthError } from '../../model/errors.ts';
import { renderRecovery } from './address.ts';

const purpose = 'recovery';

export function showRecoveryCode(core: Core, request: HttpRequest): HttpResponse {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  return orStartAgain(core, request, parameters, () =>
    renderCode(core, request, parameters, openFlow(core, purpose, 'sent', parameters.get('flow'))),
  );
}

export async function handleRecoveryCode(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  let flow: Flow | undefined;
  try {
    flow = openFlow(core, purpose, 'sent', parameters.get('flow'));
    assertOwnForm(core, request, parameters, about(flow));
    const typed = parameters.get('code') ?? '';
    const now = core.clock.nowSeconds();
    const proof = await redeemCode(core, request, purpose, flow, typed, now);
    return redirect(pageAddress(core, '/recover/password', { proof, ...onwardOf(parameters) }));
  } catch (error) {
    if (!(error instanceof OAuthError) || error.reason === 'form_foreign') throw error;
    const decision = emitRefusal(core, request, 'code.refused', error);
    return error.reason === 'code_wrong' && flow !== undefined
      ? renderCode(core, request, parameters, flow, { error, decision })
      : renderRecovery(core, request, parameters, { error, decision, ...emailOf(flow) });
  }
}

/** A step that is too late leads back to the first page, which says why. */
export function orStartAgain(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  show: () => HttpResponse,
): HttpResponse {
  try {
    return show();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const decision = emitRefusal(core, request, 'code.refused', error);
    return renderRecovery(core, request, parameters, { error, decision });
  }
}

function emailOf(flow: Flow | undefined): { readonly email?: string } {
  return flow === undefined ? {} : { email: flow.email };
}

function about({ id }: Flow): string {
  return `code ${id}`;
}

function renderCode(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  flow: Flow,
  refused?: { readonly error: OAuthError; readonly decision: string },
): HttpResponse {
  const browser = markBrowser(core, request);
  const onward = onwardOf(parameters);
  const fields = {
    csrf: formMark(core, browser.id, about(flow)),
    flow: parameters.get('flow') ?? '',
    ...onward,
  };
  const html = core.pages.code({
    purpose,
    // In another browser the code is void, and nobody is asked for it in vain.
    ...(isOwnFlow(core, request, flow)
      ? { form: { action: `${core.options.basePath}/recover/code`, fields } }
      : {}),
    email: flow.email,
    again: pageAddress(core, '/recover', onward),
    ...(refused === undefined ? {} : { error: refused.error.message, decision: refused.decision }),
  });
  const status = refused && {
    status: refused.error.refusal.status,
    headers: signInHeaders(refused.error),
  };
  return page(html, { cookies: browser.cookies, ...status });
}
