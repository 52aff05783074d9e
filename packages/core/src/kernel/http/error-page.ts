/** Pages that show refusals to users. */
import type { OAuthError } from '../../model/errors.ts';
import type { ErrorView, GoOnView, Pages } from '../../model/pages.ts';
import type { HttpResponse } from './message.ts';
import { page, retryHeaders } from './responses.ts';

/** The error answer for a user: a page, never a redirect. */
export function errorPage(
  error: OAuthError,
  pages: Pages,
  decision: string,
  goOn?: GoOnView,
): HttpResponse {
  const view: ErrorView = {
    status: error.refusal.status,
    ...wordsOf(error),
    reason: error.reason,
    decision,
    ...(error.detail.came !== undefined ? { came: error.detail.came } : {}),
    ...(goOn !== undefined ? { goOn } : {}),
  };
  const { allow } = error.detail;
  return page(pages.error(view), {
    status: error.refusal.status,
    keepsOpener: goOn !== undefined,
    headers: {
      ...(allow !== undefined ? { allow: allow.join(', ') } : {}),
      ...retryHeaders(error.detail),
    },
  });
}

function wordsOf({ reason, refusal, message }: OAuthError): Pick<ErrorView, 'title' | 'text'> {
  if (reason !== 'path_unknown') return { title: titleOf(refusal.status), text: message };
  // The text of the catalogue is the title of this page.
  return {
    title: 'This page does not exist',
    text: 'The address may be mistyped, or its page does not exist any more.',
  };
}

function titleOf(status: number): string {
  if (status === 429 || status === 503) return 'Please wait a moment';
  return status >= 500 ? 'The server has a problem' : 'This request cannot continue';
}
