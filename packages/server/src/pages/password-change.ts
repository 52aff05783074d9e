import type { PasswordChangeView, PasswordFaultView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { maxPasswordLength, minPasswordLength } from '../accounts/password-rules.ts';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument, renderError, renderReference } from './layout.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

export function renderPasswordChange(settings: PageSettings, view: PasswordChangeView): string {
  return renderDocument(settings, {
    title: view.error === undefined ? 'Change your password' : 'Error: Change your password',
    width: 'narrow',
    main: html`<div class="sheet">
<h1>Change your password</h1>
<p class="soft">Signed in as <bdi class="host">${showText(view.account.email)}</bdi></p>
${renderFaults(view)}
${renderForm(view.form, 'stack', renderFields(view))}
<p><a class="roomy" href="${view.stay}">Keep the current password</a></p>
<p class="promise">${icon('lock')}<span>You stay signed in here, and are signed out everywhere else. Applications that may work while you are away keep their access.</span></p>
${renderReference(view.decision)}</div>`,
  });
}

type Control = PasswordFaultView['control'];

/**
 * Shows all faults at once, because the page forgets the passwords, and the user would have to type
 * them again for each fault.
 */
function renderFaults({ error, faults = [] }: PasswordChangeView): Markup {
  if (faults.length < 2) return renderError(error, icon('warning'));
  return html`<div class="error" id="error" role="alert">${icon('warning')}<ul>${faults.map(({ text }) => html`<li>${showText(text)}</li>`)}</ul></div>`;
}

/**
 * The address is there for password managers, which save the new password with it. The cursor
 * starts at the first fault.
 */
function renderFields({ account, error, faults = [] }: PasswordChangeView): Markup {
  const first = faults[0]?.control ?? 'password';
  const field = (name: Control, label: string, rule: Markup = raw('')): Markup => {
    const isFaulty = faults.some(({ control }) => control === name);
    const described = [
      ...(name === 'new_password' ? ['rule'] : []),
      ...(error === undefined ? [] : ['error']),
    ];
    const attributes = [
      ...(name === 'new_password' ? [`minlength="${minPasswordLength}"`] : []),
      ...(isFaulty ? ['aria-invalid="true"'] : []),
      ...(described.length > 0 ? [`aria-describedby="${described.join(' ')}"`] : []),
      ...(first === name ? ['autofocus'] : []),
    ].join(' ');
    const kind = name === 'password' ? 'current-password' : 'new-password';
    return html`<div class="field"><label for="${name}">${label}</label>
${rule}<input id="${name}" name="${name}" type="password" autocomplete="${kind}" maxlength="${maxPasswordLength}" required ${raw(attributes)}></div>`;
  };
  return html`
<input type="email" name="username" value="${showText(account.email)}" autocomplete="username" readonly hidden>
${field('password', 'Current password')}
${field('new_password', 'New password', html`<p class="hint soft" id="rule">At least ${minPasswordLength} characters of any kind. Several words that only you would combine make a good password.</p>`)}
${field('new_password_again', 'Repeat the new password')}
<button class="button primary" id="change" type="submit">Change password</button>`;
}
