/** The pages for a new account: the address, and at the end name and password. */
import type { JoiningView, SignUpView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument, renderError, renderReference } from './layout.ts';
import { icon } from './mark.ts';
import { renderFaults, renderNewPasswordFields, renderUserName } from './password-fields.ts';
import { renderEmailField, titleOf } from './recovery.ts';
import { showText } from './text.ts';
import { renderWork, renderWorkScript } from './work.ts';

export function renderSignUp(settings: PageSettings, view: SignUpView): string {
  const title = view.form === undefined ? 'You need an invitation' : 'Create an account';
  return renderDocument(settings, {
    brand: view.brand,
    title: titleOf(title, view.error),
    width: 'narrow',
    main: html`<div class="sheet">
<h1>${title}</h1>
${renderError(view.error, icon('warning'))}
${view.form === undefined ? renderClosed(settings) : renderStart(settings, view, view.form)}
<p>Do you have an account? <a class="roomy" id="sign-in" href="${view.signIn}">Sign in</a></p>
${renderReference(view.decision)}${renderWorkScript(settings, view)}</div>`,
  });
}

function renderClosed({ serviceName }: PageSettings): Markup {
  return html`<p>Only people who were invited can create an account at <bdi>${showText(serviceName)}</bdi>. Open the link in the mail of your invitation.</p>`;
}

function renderStart(
  { serviceName }: PageSettings,
  view: SignUpView,
  form: NonNullable<SignUpView['form']>,
): Markup {
  return html`<p>At <bdi>${showText(serviceName)}</bdi>. We send a code to your e-mail address.</p>
${renderForm(
  form,
  'stack',
  html`${view.isInvited ? renderInvited(view.email) : renderEmailField(view)}
${renderWork(view)}
<button class="button primary" id="continue" type="submit">Send the code</button>`,
)}`;
}

function renderInvited(email: string): Markup {
  return html`
<div class="field"><label for="email">E-mail address</label>
<p class="hint soft" id="hint">Your invitation is for this address.</p>
<input id="email" name="email" type="email" value="${showText(email)}" autocomplete="username" readonly aria-describedby="hint"></div>`;
}

export function renderJoining(settings: PageSettings, view: JoiningView): string {
  return renderDocument(settings, {
    brand: view.brand,
    title: titleOf('Create an account', view.error),
    width: 'narrow',
    main: html`<div class="sheet">
<h1>Create an account</h1>
<p class="soft">For <bdi class="host">${showText(view.email)}</bdi></p>
${renderFaults(view)}
${renderForm(view.form, 'stack', renderFields(settings, view))}
${renderReference(view.decision)}</div>`,
  });
}

function renderFields(settings: PageSettings, view: JoiningView): Markup {
  const { error, faults = [] } = view;
  const first = faults[0]?.control ?? 'name';
  const isNameFaulty = faults.some(({ control }) => control === 'name');
  const attributes = [
    ...(isNameFaulty ? ['aria-invalid="true"'] : []),
    ...(error === undefined ? [] : ['aria-describedby="error"']),
    ...(first === 'name' ? ['autofocus'] : []),
  ].join(' ');
  return html`
${renderUserName(view.email)}
<div class="field"><label for="name">Your name</label>
<input id="name" name="name" type="text" value="${showText(view.name)}" autocomplete="name" maxlength="200" required ${raw(attributes)}></div>
${renderNewPasswordFields(view, first, 'choose')}
${renderTerms(settings, view)}
<button class="button primary" id="join" type="submit">Create the account</button>`;
}

/** Links open beside the page, so that nothing that was typed is lost. */
function renderTerms({ privacyUrl }: PageSettings, { terms, faults = [] }: JoiningView): Markup {
  const privacy =
    privacyUrl === undefined
      ? raw('')
      : html`<p class="hint soft">Our <a href="${privacyUrl}" target="_blank" rel="noopener">privacy notice</a> says how we use your data.</p>`;
  if (terms === undefined) return privacy;
  const isFaulty = faults.some(({ control }) => control === 'terms');
  const attributes = [
    ...(terms.isAccepted ? ['checked'] : []),
    ...(isFaulty ? ['aria-invalid="true"', 'aria-describedby="error"'] : []),
  ].join(' ');
  return html`<div class="choice"><label for="terms"><input id="terms" name="terms" type="checkbox" value="accepted" required ${raw(attributes)}><span>I accept the <a href="${terms.url}" target="_blank" rel="noopener">terms of use</a>.</span></label></div>
${privacy}`;
}
