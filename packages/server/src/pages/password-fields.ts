/** Fields for passwords, and what is wrong with what was typed into them. */
import type { PasswordFaultView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { maxPasswordLength, minPasswordLength } from '../accounts/password-rules.ts';
import type { Markup } from './markup.ts';
import { renderError } from './layout.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

type Control = PasswordFaultView['control'];

/** What was refused, if anything. */
export interface PasswordRefusal {
  readonly error?: string;
  readonly faults?: readonly { readonly control: string; readonly text: string }[];
}

/**
 * Shows all faults at once, because the page forgets the passwords, and the user would have to type
 * them again for each fault.
 */
export function renderFaults({ error, faults = [] }: PasswordRefusal): Markup {
  if (faults.length < 2) return renderError(error, icon('warning'));
  return html`<div class="error" id="error" role="alert">${icon('warning')}<ul>${faults.map(({ text }) => html`<li>${showText(text)}</li>`)}</ul></div>`;
}

/** `isFirst`: the cursor starts there. */
export function renderPasswordField(
  name: Control,
  label: string,
  { error, faults = [] }: PasswordRefusal,
  isFirst: boolean,
  rule: Markup = raw(''),
): Markup {
  const isFaulty = faults.some(({ control }) => control === name);
  const described = [
    ...(name === 'new_password' ? ['rule'] : []),
    ...(error === undefined ? [] : ['error']),
  ];
  const attributes = [
    ...(name === 'new_password' ? [`minlength="${minPasswordLength}"`] : []),
    ...(isFaulty ? ['aria-invalid="true"'] : []),
    ...(described.length > 0 ? [`aria-describedby="${described.join(' ')}"`] : []),
    ...(isFirst ? ['autofocus'] : []),
  ].join(' ');
  const kind = name === 'password' ? 'current-password' : 'new-password';
  return html`<div class="field"><label for="${name}">${label}</label>
${rule}<input id="${name}" name="${name}" type="password" autocomplete="${kind}" maxlength="${maxPasswordLength}" required ${raw(attributes)}></div>`;
}

/**
 * The first field of a form with passwords: password managers save the new password with it.
 */
export function renderUserName(email: string): Markup {
  return html`<input type="email" name="username" value="${showText(email)}" autocomplete="username" readonly hidden>`;
}

/** The new password, twice. `first`: the control at which the cursor starts. */
export function renderNewPasswordFields(
  refusal: PasswordRefusal,
  first: string,
  words: 'change' | 'choose' = 'change',
): Markup {
  const rule = html`<p class="hint soft" id="rule">At least ${minPasswordLength} characters of any kind. Several words that only you would combine make a good password.</p>`;
  const [once, again] =
    words === 'change'
      ? ['New password', 'Repeat the new password']
      : ['Password', 'Repeat the password'];
  return html`${renderPasswordField('new_password', once, refusal, first === 'new_password', rule)}
${renderPasswordField('new_password_again', again, refusal, first === 'new_password_again')}`;
}
