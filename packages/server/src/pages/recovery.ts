/** The pages for a forgotten password: the address, the code, the new password. */
import type { CodeView, NewPasswordView, RecoveryView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument, renderError, renderReference } from './layout.ts';
import { icon } from './mark.ts';
import { renderFaults, renderNewPasswordFields, renderUserName } from './password-fields.ts';
import { showText } from './text.ts';
import { renderWork, renderWorkScript } from './work.ts';

export function renderRecovery(settings: PageSettings, view: RecoveryView): string {
  return renderDocument(settings, {
    brand: view.brand,
    title: titleOf('Reset your password', view.error),
    width: 'narrow',
    main: html`<div class="sheet">
<h1>Reset your password</h1>
<p>Enter the e-mail address of your account. We send you a code.</p>
${renderError(view.error, icon('warning'))}
${renderForm(
  view.form,
  'stack',
  html`${renderEmailField(view)}
${renderWork(view)}
<button class="button primary" id="continue" type="submit">Send the code</button>`,
)}
<p><a class="roomy" id="sign-in" href="${view.signIn}">Back to sign in</a></p>
${renderReference(view.decision)}${renderWorkScript(settings, view)}</div>`,
  });
}

export function renderEmailField({
  email,
  error,
}: {
  readonly email: string;
  readonly error?: string;
}): Markup {
  const described = error === undefined ? raw('') : raw(' aria-describedby="error"');
  return html`
<div class="field"><label for="email">E-mail address</label>
<input id="email" name="email" type="email" value="${showText(email)}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="254" required autofocus${described}></div>`;
}

const codeTitles: Readonly<Record<CodeView['purpose'], string>> = {
  recovery: 'Enter the code',
  sign_up: 'Enter the code',
  email_change: 'Enter the code',
};

/** It says nothing of whether the address has an account. */
const sent: Readonly<Record<CodeView['purpose'], string>> = {
  recovery: 'If this address has an account, a mail with a code is on its way to it:',
  sign_up: 'A mail is on its way to this address:',
  email_change: 'A mail is on its way to this address:',
};

export function renderCode(settings: PageSettings, view: CodeView): string {
  const title = codeTitles[view.purpose];
  return renderDocument(settings, {
    brand: view.brand,
    title: titleOf(title, view.error),
    width: 'narrow',
    main: html`<div class="sheet">
<h1>${view.form === undefined ? 'Enter the code in the other browser' : title}</h1>
${view.form === undefined ? renderElsewhere() : renderCodeForm(view, view.form)}
${renderReference(view.decision)}</div>`,
  });
}

/** For people whose mail program opens links in another browser. */
function renderElsewhere(): Markup {
  return html`<p>You asked for the code in another browser or on another device. Enter the code there.</p>
<p class="promise">${icon('lock')}<span>The code works only in the browser that asked for it. If somebody else asked for it, you need not do anything.</span></p>`;
}

function renderCodeForm(view: CodeView, form: NonNullable<CodeView['form']>): Markup {
  const described = view.error === undefined ? 'hint' : 'hint error';
  return html`<p>${sent[view.purpose]} <bdi class="host">${showText(view.email)}</bdi></p>
${renderError(view.error, icon('warning'))}
${renderForm(
  form,
  'stack',
  html`
<div class="field code-field"><label for="code">Code</label>
<p class="hint soft" id="hint">The eight digits in the mail. They are valid for ten minutes.</p>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" spellcheck="false" maxlength="40" required aria-describedby="${described}" autofocus></div>
<button class="button primary" id="continue" type="submit">Continue</button>`,
)}
<p><a class="roomy" id="again" href="${view.again}">Send another code, or use another address</a></p>
<p class="promise">${icon('lock')}<span>Never tell anybody the code. We do not ask for it by phone, mail or chat.</span></p>`;
}

export function renderNewPassword(settings: PageSettings, view: NewPasswordView): string {
  const first = view.faults?.[0]?.control ?? 'new_password';
  return renderDocument(settings, {
    brand: view.brand,
    title: titleOf('Choose a new password', view.error),
    width: 'narrow',
    main: html`<div class="sheet">
<h1>Choose a new password</h1>
<p class="soft">For <bdi class="host">${showText(view.account.email)}</bdi></p>
${renderFaults(view)}
${renderForm(
  view.form,
  'stack',
  html`
${renderUserName(view.account.email)}
${renderNewPasswordFields(view, first)}
<button class="button primary" id="change" type="submit">Save the password</button>`,
)}
<p class="promise">${icon('lock')}<span>You are signed out everywhere else. Applications that may work while you are away keep their access.</span></p>
${renderReference(view.decision)}</div>`,
  });
}

export function titleOf(title: string, error: string | undefined): string {
  return error === undefined ? title : `Error: ${title}`;
}
