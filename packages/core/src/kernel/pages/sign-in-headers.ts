/** Headers of the answer to a refused sign-in. */
import type { OAuthError } from '../../model/errors.ts';
import { type Headers, retryHeaders } from '../http/responses.ts';

/** Headers of a page that asks for a password and did not get it. */
export function signInHeaders(error: OAuthError): Headers {
  if (error.detail.retryAfterSeconds !== undefined) return retryHeaders(error.detail);
  // RFC 9110 §15.5.2: a 401 names a scheme. Browsers do not know this name, so they show the page.
  return error.refusal.status === 401 ? { 'www-authenticate': 'Form' } : {};
}
