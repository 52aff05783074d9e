/**
 * The page on which a user types a code. The link in the mail leads here too. Opening the link uses
 * nothing up, because some programs open every link of a mail.
 */
import type { Core } from '../core.ts';
import { emitRefusal } from '../errors/refusal-event.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../http/parameters.ts';
import { page, type PageParts } from '../http/responses.ts';
import { onwardOf, pageAddress } from '../pages/onward.ts';
import { brandOnward } from '../pages/brand.ts';
import { assertOwnForm, formMark, markBrowser } from '../pages/own-form.ts';
import { signInHeaders } from '../pages/sign-in-headers.ts';
import type { Endpoint } from '../routing/feature.ts';
import { OAuthError } from '../../model/errors.ts';
import type { VerificationPurpose } from '../../model/verification-ports.ts';
import { redeemCode } from './codes.ts';
import { type Flow, isOwnFlow, openFlow } from './flow.ts';

/** What was refused on a page. */
export interface Refused {
  readonly error: OAuthError;
  readonly decision: string;
}

/** The pages before and after the page for a code. */
export interface CodeSteps {
  readonly purpose: VerificationPurpose;
  /** The page that asks for the address, and the page for the code. */
  readonly start: string;
  readonly path: string;
  /** Shows the first page again, with the reason. `email` was typed there. */
  readonly restart: (
    core: Core,
    request: HttpRequest,
    parameters: Parameters,
    refused: Refused & { readonly email?: string },
  ) => HttpResponse | Promise<HttpResponse>;
  /** The code was right. `proof` is the sealed flow for the next step. */
  readonly proven: (
    core: Core,
    request: HttpRequest,
    parameters: Parameters,
    proven: { readonly flow: Flow; readonly proof: string },
  ) => HttpResponse | Promise<HttpResponse>;
}

export function createCodePage(steps: CodeSteps): { readonly methods: Record<string, Endpoint> } {
  return {
    methods: {
      GET: (core, request) => showCode(core, request, steps),
      POST: (core, request) => handleCode(core, request, steps),
    },
  };
}

function showCode(
  core: Core,
  request: HttpRequest,
  steps: CodeSteps,
): HttpResponse | Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  return orStartAgain(core, request, parameters, steps, () => {
    const flow = openFlow(core, steps.purpose, 'sent', parameters.get('flow'));
    return renderCode(core, request, parameters, steps, flow);
  });
}

async function handleCode(
  core: Core,
  request: HttpRequest,
  steps: CodeSteps,
): Promise<HttpResponse> {
  const parameters = parseForm(request);
  let flow: Flow | undefined;
  try {
    flow = openFlow(core, steps.purpose, 'sent', parameters.get('flow'));
    assertOwnForm(core, request, parameters, about(flow));
    const typed = parameters.get('code') ?? '';
    const now = core.clock.nowSeconds();
    const proof = await redeemCode(core, request, steps.purpose, flow, typed, now);
    return await steps.proven(core, request, parameters, { flow, proof });
  } catch (error) {
    if (!(error instanceof OAuthError) || error.reason === 'form_foreign') throw error;
    const decision = emitRefusal(core, request, 'code.refused', error);
    if (error.reason === 'code_wrong' && flow !== undefined)
      return renderCode(core, request, parameters, steps, flow, { error, decision });
    const email = flow === undefined ? {} : { email: flow.email };
    return steps.restart(core, request, parameters, { error, decision, ...email });
  }
}

/** If a step is too late, shows the first page again, which says why. */
export function orStartAgain(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  { restart }: Pick<CodeSteps, 'restart'>,
  show: () => HttpResponse | Promise<HttpResponse>,
): HttpResponse | Promise<HttpResponse> {
  try {
    return show();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const decision = emitRefusal(core, request, 'code.refused', error);
    return restart(core, request, parameters, { error, decision });
  }
}

/** Status and headers of a page that shows a refusal. */
export function refusedPage(
  refused: { readonly error?: OAuthError } | undefined,
): Pick<PageParts, 'status' | 'headers'> {
  if (refused?.error === undefined) return {};
  return { status: refused.error.refusal.status, headers: signInHeaders(refused.error) };
}
function about({ id }: Flow): string {
  return `code ${id}`;
}

async function renderCode(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  { purpose, path, start }: CodeSteps,
  flow: Flow,
  refused?: Refused,
): Promise<HttpResponse> {
  const browser = markBrowser(core, request);
  const onward = onwardOf(parameters);
  const fields = {
    csrf: formMark(core, browser.id, about(flow)),
    flow: parameters.get('flow') ?? '',
    ...onward,
  };
  const html = core.pages.code({
    ...(await brandOnward(core, onward)),
    purpose,
    // In another browser the code is not valid, so the page does not ask for it.
    ...(isOwnFlow(core, request, flow)
      ? { form: { action: core.options.basePath + path, fields } }
      : {}),
    email: flow.email,
    again: pageAddress(core, start, onward),
    ...(refused === undefined ? {} : { error: refused.error.message, decision: refused.decision }),
  });
  return page(html, { cookies: browser.cookies, ...refusedPage(refused) });
}
