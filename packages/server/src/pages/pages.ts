import type { Pages } from '@keywright/core';
import { renderAccount } from './account.ts';
import { renderConsent } from './consent.ts';
import { renderDeviceCode, renderDeviceConfirmation, renderDeviceDone } from './device.ts';
import { renderErrorPage } from './error.ts';
import { renderExplanation } from './explanation.ts';
import { renderFormPost } from './form-post.ts';
import { renderPasswordChange } from './password-change.ts';
import { renderSignIn } from './sign-in.ts';
import { renderSignedOut, renderSignOut } from './sign-out.ts';

export { stylesheet } from './stylesheet.ts';

export interface PagesOptions {
  /** Who runs this server, as its users know it: "Sunrise Buildings". */
  readonly serviceName: string;
  /** Where `stylesheet` is served: its path, under the issuer's. */
  readonly stylesheetUrl: string;
  /** Where to get help: an https address, or a mailto one. Not checked. */
  readonly supportUrl?: string | undefined;
  /** Where it stands what becomes of what people tell this server. Not checked. */
  readonly privacyUrl?: string | undefined;
  /** Where pages lead that have nothing else to lead to: the person's own. Default: its path at an issuer without one. */
  readonly homeUrl?: string;
  /** For "3 hours ago". Default: the system's clock. */
  readonly nowSeconds?: () => number;
}

/**
 * The server's own pages: plain HTML without scripts (but for one line on the page that posts itself), for a policy of `default-src 'none'; style-src 'self'; img-src
 * 'self' data:; form-action 'self' <return scheme>; frame-ancestors 'none'; base-uri 'none'`. Every text of a view is
 * escaped. Not checked: that addresses in a view (`action`, `switchAccount`, `next`) are this server's own; only an
 * application's home page is held to http and https. Headers are the caller's.
 */
export function createPages(options: PagesOptions): Pages {
  const settings = { homeUrl: '/account', nowSeconds: () => Math.floor(Date.now() / 1000), ...options };
  return {
    signIn: (view) => renderSignIn(settings, view),
    consent: (view) => renderConsent(settings, view),
    account: (view) => renderAccount(settings, view),
    passwordChange: (view) => renderPasswordChange(settings, view),
    deviceCode: (view) => renderDeviceCode(settings, view),
    deviceConfirmation: (view) => renderDeviceConfirmation(settings, view),
    deviceDone: (view) => renderDeviceDone(settings, view),
    signOut: (view) => renderSignOut(settings, view),
    signedOut: (view) => renderSignedOut(settings, view),
    formPost: (view) => renderFormPost(settings, view),
    explanation: (view) => renderExplanation(settings, view),
    error: (view) => renderErrorPage(settings, view),
  };
}
