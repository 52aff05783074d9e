import type { PasswordChangeView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { maxPasswordLength, minPasswordLength } from '../accounts/password-rules.ts';
import { renderForm } from './form.ts';
import { type Markup, type PageSettings, renderDocument, renderError, renderReference } from './layout.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

export function renderPasswordChange(settings: PageSettings, view: PasswordChangeView): string {
  return renderDocument(settings, {
    title: view.error === undefined ? 'Change your password' : 'Error: Change your password',
    width: 'narrow',
    main: html`<div class="sheet">
<h1>Change your password</h1>
<p class="soft">Signed in as <bdi class="host">${showText(view.account.email)}</bdi></p>
${renderError(view.error, icon('warning'))}
${renderForm(view.form, 'stack', renderFields(view))}
<p><a class="roomy" href="${view.stay}">Keep the current password</a></p>
<p class="promise">${icon('lock')}<span>You stay signed in here, and are signed out everywhere else. Applications that may work while you are away keep their access.</span></p>
${renderReference(view.decision)}</div>`,
  });
}

/** The address is there for password managers, which keep the new password under it. */
function renderFields({ account, error }: PasswordChangeView): Markup {
  const described = error === undefined ? '' : 'error';
  return html`
<input type="email" name="username" value="${showText(account.email)}" autocomplete="username" readonly hidden>
${renderField('password', 'Current password', 'current-password', described, raw(' autofocus'))}
<div class="field"><label for="new_password">New password</label>
<p class="hint soft" id="rule">At least ${minPasswordLength} characters, of any kind. Several words that only you would put together make a good one.</p>
<input id="new_password" name="new_password" type="password" autocomplete="new-password" minlength="${minPasswordLength}" maxlength="${maxPasswordLength}" required aria-describedby="${`rule ${described}`.trim()}"></div>
${renderField('new_password_again', 'New password once more', 'new-password', described)}
<button class="button primary" id="change" type="submit">Change password</button>`;
}

function renderField(
  name: string,
  label: string,
  autocomplete: string,
  described: string,
  focus: Markup = raw(''),
): Markup {
  const by = described === '' ? raw('') : raw(` aria-describedby="${described}"`);
  return html`<div class="field"><label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="password" autocomplete="${autocomplete}" maxlength="${maxPasswordLength}" required${by}${focus}></div>`;
}
