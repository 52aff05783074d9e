/**
 * The answer to the client at its redirect URI: with the unchanged state, and always with iss (RFC
 * 9207 §2).
 */
import type { Core } from '../../kernel/core.ts';
import type { OAuthError } from '../../model/errors.ts';
import { formPost } from '../../kernel/http/form-post.ts';
import type { HttpResponse } from '../../kernel/http/message.ts';
import { errorMembers, redirect } from '../../kernel/http/responses.ts';
import { formTargetsOf } from '../../kernel/pages/client-view.ts';
import { type DeliveryMode, isSecured } from '../../kernel/clients/response-mode.ts';
import { secureResponse } from './secured-response.ts';

export interface ReturnAddress {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly responseMode: DeliveryMode;
  readonly state?: string | undefined;
}

type Answer = Readonly<Record<string, string | number | undefined>>;
type Words = Readonly<Record<string, string>>;

/** At once, unless the answer must be signed. */
export function answer(
  core: Core,
  to: ReturnAddress,
  parameters: Answer,
  cookies: readonly string[] = [],
): HttpResponse | Promise<HttpResponse> {
  const words: Record<string, string> = {};
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) words[name] = String(value);
  if (to.state !== undefined) words['state'] = to.state;
  words['iss'] = core.options.issuer;
  if (!isSecured(to.responseMode)) return deliver(core, to, words, cookies);
  return secureResponse(core, to.clientId, words).then((secured) =>
    deliver(core, to, { ...secured }, cookies),
  );
}

function deliver(
  core: Core,
  { redirectUri, responseMode }: ReturnAddress,
  words: Words,
  cookies: readonly string[],
): HttpResponse {
  if (responseMode.startsWith('form_post'))
    return formPost(core.pages, redirectUri, words, {
      formTargets: formTargetsOf(redirectUri),
      cookies,
    });
  const encoded = new URLSearchParams(words);
  if (responseMode.startsWith('fragment')) return redirect(`${redirectUri}#${encoded}`, cookies);
  // RFC 6749 §3.1.2: a query that the redirect URI already has is kept.
  return redirect(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${encoded}`, cookies);
}

/** RFC 6749 §4.1.2.1, §4.2.2.1. */
export function answerError(
  core: Core,
  to: ReturnAddress,
  error: OAuthError,
  decision: string,
): HttpResponse | Promise<HttpResponse> {
  return answer(core, to, { ...errorMembers(error, core.options.issuer, decision) });
}
