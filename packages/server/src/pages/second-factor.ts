/** The pages of the second factor: the question, the app, the recovery codes. */
import type {
  RecoveryCodesView,
  SecondFactorView,
  TotpEnrolmentView,
  TotpView,
} from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderPurpose } from './client.ts';
import { dateInWords, timestamp } from './date.ts';
import { renderForm } from './form.ts';
import { type PageSettings, renderDocument, renderError, renderReference } from './layout.ts';
import type { Markup } from './markup.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

const titleOf = (title: string, error: string | undefined) =>
  error === undefined ? title : `Error: ${title}`;

function renderCodeField(error: string | undefined): Markup {
  const described = error === undefined ? 'hint' : 'hint error';
  return html`
<div class="field code-field"><label for="totp">Code</label>
<p class="hint soft" id="hint">The six digits that your authenticator app shows now.</p>
<input id="totp" name="totp" type="text" inputmode="numeric" autocomplete="one-time-code" spellcheck="false" maxlength="20" required aria-describedby="${described}" autofocus></div>`;
}

/** After a right password. */
export function renderSecondFactor(settings: PageSettings, view: SecondFactorView): string {
  return renderDocument(settings, {
    brand: view.brand,
    title: titleOf('Enter the code of your app', view.error),
    width: 'narrow',
    main: html`<div class="sheet">
<h1>Enter the code of your app</h1>
${renderPurpose(view.client)}
<p class="soft">Signing in as <bdi class="host">${showText(view.account.email)}</bdi></p>
${renderError(view.error, icon('warning'))}
${renderForm(
  view.form,
  'stack',
  html`${renderCodeField(view.error)}
<button class="button primary" id="continue" type="submit">Continue</button>`,
)}
<details class="other-way"><summary class="roomy" id="use-recovery-code">Use a recovery code</summary>
${renderForm(
  view.form,
  'stack',
  html`
<div class="field"><label for="recovery-code">Recovery code</label>
<p class="hint soft" id="recovery-hint">One of the ten codes that you saved. It works once.</p>
<input id="recovery-code" name="recovery_code" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="40" required aria-describedby="recovery-hint"></div>
<button class="button secondary" id="continue-recovery" type="submit">Continue with the recovery code</button>`,
)}</details>
<p><a class="roomy" id="sign-in" href="${view.signIn}">Sign in with another account</a></p>
${renderReference(view.decision)}</div>`,
  });
}

export function renderTotpEnrolment(settings: PageSettings, view: TotpEnrolmentView): string {
  return renderDocument(settings, {
    title: titleOf('Add an authenticator app', view.error),
    width: 'narrow',
    main: html`<div class="sheet">
<h1>Add an authenticator app</h1>
<p class="soft">For <bdi class="host">${showText(view.account.email)}</bdi></p>
${renderError(view.error, icon('warning'))}
<ol class="steps"><li><p>Scan this picture with the app.</p>
<p class="qr"><img src="${view.picture}" width="200" height="200" alt="QR code for the authenticator app"></p>
<p class="soft">You cannot scan it? <a class="roomy" id="open-app" href="${view.address}">Open an app on this device</a>, or type this key into the app:</p>
<p><code class="key" id="totp-secret">${groupsOf(view.secret)}</code></p></li>
<li><p>Enter the code that the app shows.</p>
${renderForm(
  view.form,
  'stack',
  html`${renderCodeField(view.error)}
<button class="button primary" id="add-totp" type="submit">Add the app</button>`,
)}</li></ol>
<p><a class="roomy" href="${view.stay}">Do not add an app</a></p>
<p class="promise">${icon('lock')}<span>From then on, signing in needs your password and a code of the app. You are signed out everywhere else.</span></p>
${renderReference(view.decision)}</div>`,
  });
}

function groupsOf(secret: string): string {
  return secret.replaceAll(/.{4}(?=.)/g, '$& ');
}

export function renderRecoveryCodes(settings: PageSettings, view: RecoveryCodesView): string {
  return renderDocument(settings, {
    title: 'Save your recovery codes',
    width: 'narrow',
    main: html`<div class="sheet">
<h1>Save your recovery codes</h1>
${view.isNew ? html`<p class="done" id="totp-added" role="status">${icon('tick')}<span>The authenticator app is added.</span></p>` : html`<p class="done" id="codes-replaced" role="status">${icon('tick')}<span>You have new recovery codes. The former ones are void.</span></p>`}
<p>If you lose your device, a recovery code signs you in in place of the code of the app. Each one works once. <strong>They are shown only now.</strong></p>
<ul class="recovery-codes" id="recovery-codes" role="list">${view.codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
<p class="soft">Print them, or keep them in a password manager. Do not keep them on the same device as the app. They belong to <bdi class="host">${showText(view.account.email)}</bdi>.</p>
<p><a class="button primary" id="continue" href="${view.onward}">I have saved them</a></p></div>`,
  });
}

/** The part of the security page. */
export function renderTotp(view: TotpView): Markup {
  return html`<section class="way" aria-labelledby="totp-title"><h2 id="totp-title">Authenticator app</h2>
<p class="soft">After your password, you enter a code of an app on your phone. Somebody who only has your password cannot sign in.</p>
${view.app === undefined ? html`<p id="no-totp">You have no authenticator app.</p>` : renderApp(view.app)}
${view.add === undefined ? raw('') : html`<p><a class="button primary" id="add-totp" href="${view.add}">Add an authenticator app</a></p>`}
${
  view.signInAgain === undefined
    ? raw('')
    : html`<p class="soft">To change this, sign in again first. This shows that it is you.</p>
<p><a class="button secondary" id="sign-in-again" href="${view.signInAgain}">Sign in again</a></p>`
}</section>`;
}

function renderApp({
  addedAt,
  recoveryCodesLeft,
  remove,
  renewCodes,
}: NonNullable<TotpView['app']>): Markup {
  const left =
    recoveryCodesLeft === 1
      ? '1 recovery code is left.'
      : `${recoveryCodesLeft} recovery codes are left.`;
  return html`<p class="state" id="totp-on">${icon('tick')}<span>Added <time datetime="${timestamp(addedAt)}">${dateInWords(addedAt)}</time>. ${left}</span></p>
${renewCodes === undefined ? raw('') : renderForm(renewCodes, 'stack', html`<button class="button secondary" id="renew-codes" type="submit">Make new recovery codes</button>`)}
${
  remove === undefined
    ? raw('')
    : html`<details><summary class="roomy">Remove the app</summary>
<p>Signing in needs only your password then. The recovery codes become void.</p>
${renderForm(remove, 'stack', html`<button class="button secondary" id="remove-totp" type="submit">Remove the authenticator app</button>`)}</details>`
}`;
}
