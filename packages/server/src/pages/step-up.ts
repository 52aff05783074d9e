/** The page for what is missing beside the sign-in: a passkey, or a second factor to add. */
import type { StepUpView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderPurpose } from './client.ts';
import { type PageSettings, renderDocument, renderError, renderReference } from './layout.ts';
import type { Markup } from './markup.ts';
import { icon } from './mark.ts';
import { renderPasskeyForm, renderPasskeyScript } from './passkey-form.ts';
import { showText } from './text.ts';

export function renderStepUp(settings: PageSettings, view: StepUpView): string {
  const title = view.passkey === undefined ? 'Add a second factor' : 'Confirm with your passkey';
  const hasPasskeyForm = (view.passkey ?? view.add?.passkey) !== undefined;
  return renderDocument(settings, {
    brand: view.brand,
    title: view.error === undefined ? title : `Error: ${title}`,
    width: 'narrow',
    main: html`<div class="sheet">
<h1>${title}</h1>
${renderPurpose(view.client)}
<p class="soft">Signed in as <bdi class="host">${showText(view.account.email)}</bdi></p>
${renderError(view.error, icon('warning'))}
${renderAdded(view)}
${view.passkey === undefined ? renderAdd(view) : renderPasskey(view.passkey)}
<p><a class="roomy" id="sign-in" href="${view.signIn}">Sign in in another way</a></p>
${renderReference(view.decision)}
${hasPasskeyForm ? renderPasskeyScript(settings) : raw('')}</div>`,
  });
}

function renderAdded({ passkeyAdded }: StepUpView): Markup {
  if (passkeyAdded === undefined) return raw('');
  return html`<p class="done" id="passkey-added" role="status">${icon('tick')}<span>The passkey <bdi>${showText(passkeyAdded)}</bdi> is added. Use it now to continue.</span></p>`;
}

function renderPasskey(passkey: NonNullable<StepUpView['passkey']>): Markup {
  return html`<p>Your password is not enough for this. Use a passkey of your account.</p>
${renderWithoutScripts('To use your passkey')}
${renderPasskeyForm(passkey, {
  id: 'passkey',
  className: 'stack',
  button: html`Use your passkey`,
  isPrimary: true,
  failed: 'No passkey was used. Try again when you are ready.',
})}`;
}

function renderAdd({ add = {} }: StepUpView): Markup {
  return html`<p>Your password is not enough for this. Add a second factor now, and you can continue.</p>
${add.passkey === undefined ? raw('') : renderAddPasskey(add.passkey)}
${
  add.totp === undefined
    ? raw('')
    : html`<section class="way" aria-labelledby="totp-title"><h2 id="totp-title">Authenticator app</h2>
<p class="soft">After your password, you enter a code of an app on your phone.</p>
<p><a class="button ${add.passkey === undefined ? 'primary' : 'secondary'}" id="add-totp" href="${add.totp}">Add an authenticator app</a></p></section>`
}`;
}

function renderAddPasskey(passkey: NonNullable<StepUpView['passkey']>): Markup {
  return html`<section class="way" aria-labelledby="passkeys-title"><h2 id="passkeys-title">Passkey</h2>
<p class="soft">You sign in with your fingerprint, your face or the PIN of your device, without the password.</p>
${renderPasskeyForm(passkey, {
  id: 'add-passkey',
  className: 'stack',
  button: html`Add a passkey`,
  isPrimary: true,
  failed: 'No passkey was added. Try again when you are ready.',
  known: 'This device has a passkey for your account.',
})}
${renderWithoutScripts('To add a passkey')}</section>`;
}

function renderWithoutScripts(purpose: string): Markup {
  return html`<p class="note" id="passkeys-impossible" data-without-passkeys>${icon('note')}<span>${purpose}, allow scripts on this page, and use a browser that knows passkeys.</span></p>`;
}
