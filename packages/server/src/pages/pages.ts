import type { Pages } from '@keywright/core';
import { renderAccount } from './account.ts';
import { renderConnectionPage } from './connections.ts';
import { renderConsent } from './consent.ts';
import { renderDeviceCode, renderDeviceConfirmation, renderDeviceDone } from './device.ts';
import { renderEmailChange, renderEmailUndo } from './email-change.ts';
import { renderErrorPage } from './error.ts';
import { renderExplanation } from './explanation.ts';
import type { PagesBrand } from './mark.ts';
import { passkeyScript } from './passkey-script.ts';
import { renderFormPost } from './form-post.ts';
import { renderPasswordChange } from './password-change.ts';
import { renderCode, renderNewPassword, renderRecovery } from './recovery.ts';
import { renderRecoveryCodes, renderSecondFactor, renderTotpEnrolment } from './second-factor.ts';
import { renderPasskeyRemoval, renderSecurity } from './security.ts';
import { renderSignIn } from './sign-in.ts';
import { renderSignedOut, renderSignOut } from './sign-out.ts';
import { workScript } from './work.ts';
import { renderStepUp } from './step-up.ts';
import { renderTermsPage } from './terms.ts';
import { renderJoining, renderSignUp } from './sign-up.ts';

export { passkeyScript } from './passkey-script.ts';
export { workScript } from './work.ts';
export { brandedStylesheet, stylesheet } from './stylesheet.ts';
export { accentPath, accentSheetAt } from './accent.ts';
export type { PagesBrand, PagesPicture } from './mark.ts';

export interface PagesOptions {
  /** The operator of this server, as the users know it: "Sunrise Buildings". */
  readonly serviceName: string;
  /** The path of `stylesheet`, below the issuer. */
  readonly stylesheetUrl: string;
  /** The path of `passkeyScript`, below the issuer. Default: at an issuer without a path. */
  readonly passkeyScriptUrl?: string;
  /** The path of `workScript`, below the issuer. Default: at an issuer without a path. */
  readonly workScriptUrl?: string;
  /** The path of the issuer, for style sheets of single colours. Default: none. */
  readonly basePath?: string;
  /** The address of the help: https or mailto. Not checked. */
  readonly supportUrl?: string | undefined;
  /** The address of the privacy notice. Not checked. */
  readonly privacyUrl?: string | undefined;
  /** The address of the terms of use. Not checked. */
  readonly termsUrl?: string | undefined;
  /** Pictures and colours of the operator. `stylesheetUrl` has to have the colours. */
  readonly brand?: PagesBrand | undefined;
  /**
   * The address to which pages without another link lead: the account page. Default: its path at an
   * issuer without a path.
   */
  readonly homeUrl?: string;
  /** For "3 hours ago". Default: the system's clock. */
  readonly nowSeconds?: () => number;
}

/**
 * The pages of the server: plain HTML without scripts, except one line on the page that posts
 * itself, and a file where passkeys or a proof of work are asked for. The policy is `default-src
 * 'none'; style-src 'self'; script-src 'self'` (only there) `; img-src 'self' data:; form-action
 * 'self' <return scheme>; frame-ancestors 'none'; base-uri 'none'`. Every text of a view is
 * escaped. Not checked: that addresses in a view (`action`, `switchAccount`, `next`) belong to this
 * server. Only the home page of an application is limited to http and https. The caller sets the
 * headers.
 */
export function createPages(options: PagesOptions): Pages {
  const settings = {
    basePath: '',
    homeUrl: '/account',
    passkeyScriptUrl: passkeyScript.path,
    workScriptUrl: workScript.path,
    nowSeconds: () => Math.floor(Date.now() / 1000),
    ...options,
  };
  return {
    signIn: (view) => renderSignIn(settings, view),
    consent: (view) => renderConsent(settings, view),
    account: (view) => renderAccount(settings, view),
    connection: (view) => renderConnectionPage(settings, view),
    security: (view) => renderSecurity(settings, view),
    passkeyRemoval: (view) => renderPasskeyRemoval(settings, view),
    passwordChange: (view) => renderPasswordChange(settings, view),
    recovery: (view) => renderRecovery(settings, view),
    code: (view) => renderCode(settings, view),
    newPassword: (view) => renderNewPassword(settings, view),
    signUp: (view) => renderSignUp(settings, view),
    joining: (view) => renderJoining(settings, view),
    emailChange: (view) => renderEmailChange(settings, view),
    emailUndo: (view) => renderEmailUndo(settings, view),
    secondFactor: (view) => renderSecondFactor(settings, view),
    stepUp: (view) => renderStepUp(settings, view),
    terms: (view) => renderTermsPage(settings, view),
    totpEnrolment: (view) => renderTotpEnrolment(settings, view),
    recoveryCodes: (view) => renderRecoveryCodes(settings, view),
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
