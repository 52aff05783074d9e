/**
 * Checks that a form was sent from a page of this server in this browser (RFC 6749 §10.12). The
 * headers of the browser must say so, and the form must contain a value that only a page for this
 * browser can contain.
 */
import { equalDigests } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import { readCookie, writeCookie } from '../http/cookies.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Parameters } from '../http/parameters.ts';

export interface BrowserMark {
  readonly id: string;
  /** The cookie to set if the browser had none. */
  readonly cookies: readonly string[];
}

/** Returns the value of this browser, or a new one. */
export function markBrowser(core: Core, request: HttpRequest): BrowserMark {
  const id = readCookie(request, 'browser', core.options);
  if (id !== undefined) return { id, cookies: [] };
  const fresh = core.newSecret();
  return { id: fresh, cookies: [writeCookie('browser', fresh, core.options)] };
}

/**
 * Computes the value of a form from the browser and the subject of the form (a session, a request).
 */
export function formMark(core: Core, browserId: string, about: string): string {
  return core.vault.mac('own-form', textOf(browserId, about));
}

function marksOf(core: Core, browserId: string, about: string): readonly string[] {
  return core.vault.macs('own-form', textOf(browserId, about));
}

function textOf(browserId: string, about: string): string {
  return `${browserId} ${about}`;
}

/** Throws form_foreign. */
export function assertOwnForm(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  about: string,
): void {
  const site = request.headers['sec-fetch-site'];
  const origin = request.headers['origin'];
  const browserId = readCookie(request, 'browser', core.options);
  const mark = parameters.get('csrf');
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw foreign('sec-fetch-site');
  // A page with no-referrer may send Origin: null (Fetch §3.1), which proves nothing.
  if (origin !== undefined && origin !== 'null' && origin !== core.options.origin)
    throw foreign('origin');
  if (browserId === undefined || mark === undefined) throw foreign('mark missing');
  if (!marksOf(core, browserId, about).some((one) => equalDigests(mark, one)))
    throw foreign('mark');
}

function foreign(sign: string): OAuthError {
  return new OAuthError('form_foreign', { log: { sign } });
}
