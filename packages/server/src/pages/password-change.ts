import type { PasswordChangeView } from '@keywright/core';
import { html } from 'hono/html';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument, renderReference } from './layout.ts';
import { icon } from './mark.ts';
import {
  renderFaults,
  renderNewPasswordFields,
  renderPasswordField,
  renderUserName,
} from './password-fields.ts';
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

/** The cursor starts at the first fault. */
function renderFields(view: PasswordChangeView): Markup {
  const first = view.faults?.[0]?.control ?? 'password';
  return html`
${renderUserName(view.account.email)}
${renderPasswordField('password', 'Current password', view, first === 'password')}
${renderNewPasswordFields(view, first)}
<button class="button primary" id="change" type="submit">Change password</button>`;
}
