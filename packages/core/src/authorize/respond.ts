/** The answer to the client, at its redirect URI: with state as it came, and always with iss (RFC 9207 §2). */
import type { ResponseMode } from '@keywright/wire';
import type { Core } from '../core.ts';
import type { OAuthError } from '../errors.ts';
import type { HttpResponse } from '../http/message.ts';
import { redirect } from '../http/responses.ts';

export interface ReturnAddress {
  readonly redirectUri: string;
  readonly responseMode: ResponseMode;
  readonly state?: string | undefined;
}

type Answer = Readonly<Record<string, string | number | undefined>>;

export function answer(
  core: Core,
  to: ReturnAddress,
  parameters: Answer,
  cookies: readonly string[] = [],
): HttpResponse {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) words.set(name, String(value));
  if (to.state !== undefined) words.set('state', to.state);
  words.set('iss', core.options.issuer);
  if (to.responseMode === 'fragment') return redirect(`${to.redirectUri}#${words}`, cookies);
  // RFC 6749 §3.1.2: a query that the redirect URI already has is kept.
  return redirect(`${to.redirectUri}${to.redirectUri.includes('?') ? '&' : '?'}${words}`, cookies);
}

/**
 * RFC 6749 §4.1.2.1, §4.2.2.1. The decision is a parameter of ours, with the vendor's prefix that §8.2 asks for; whoever
 * does not know it ignores it (§4.1.2).
 */
export function answerError(
  core: Core,
  to: ReturnAddress,
  error: OAuthError,
  decision: string,
): HttpResponse {
  return answer(core, to, {
    error: error.refusal.error,
    error_description: error.message,
    keywright_decision: decision,
  });
}
