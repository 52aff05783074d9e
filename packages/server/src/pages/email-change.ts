/** The pages for another e-mail address, and for the undo of the change. */
import type { EmailChangeView, EmailUndoView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument, renderError, renderReference } from './layout.ts';
import { icon } from './mark.ts';
import { titleOf } from './recovery.ts';
import { dateInWords } from './date.ts';
import { showText } from './text.ts';

export function renderEmailChange(settings: PageSettings, view: EmailChangeView): string {
  const described = view.error === undefined ? raw('') : raw(' aria-describedby="error"');
  return renderDocument(settings, {
    title: titleOf('Change your e-mail address', view.error),
    width: 'narrow',
    main: html`<div class="sheet">
<h1>Change your e‑mail address</h1>
<p class="soft">Your address is <bdi class="host">${showText(view.account.email)}</bdi></p>
${renderError(view.error, icon('warning'))}
${renderForm(
  view.form,
  'stack',
  html`
<div class="field"><label for="email">New e-mail address</label>
<input id="email" name="email" type="email" value="${showText(view.email)}" autocomplete="email" autocapitalize="none" spellcheck="false" maxlength="254" required autofocus${described}></div>
<button class="button primary" id="continue" type="submit">Send the code</button>`,
)}
<p><a class="roomy" id="stay" href="${view.stay}">Keep the current address</a></p>
<p class="promise">${icon('lock')}<span>We send a code to the new address. The current address gets a notice, with which the change can be undone for a week.</span></p>
${renderReference(view.decision)}</div>`,
  });
}

export function renderEmailUndo(settings: PageSettings, view: EmailUndoView): string {
  const title = view.isUndone
    ? 'Your e-mail address is restored'
    : 'Undo the change of your e-mail address';
  return renderDocument(settings, {
    title: titleOf(title, view.error),
    width: 'narrow',
    main: html`<div class="sheet">
<h1>${title}</h1>
${renderError(view.error, icon('warning'))}
${view.isUndone ? renderUndone(view) : renderQuestion(view)}
${renderReference(view.decision)}</div>`,
  });
}

function renderQuestion({ form, email = '', since = 0 }: EmailUndoView): Markup {
  if (form === undefined) return raw('');
  return html`<p>The account gets this address back: <bdi class="host">${showText(email)}</bdi></p>
${renderForm(form, 'stack', html`<button class="button primary" id="undo" type="submit">Restore my address</button>`)}
<p class="promise">${icon('lock')}<span>Everybody who is signed in to the account is signed out. Passkeys, an authenticator app and connections to applications that were added since ${dateInWords(since)} are removed. Then set a new password.</span></p>`;
}

/** Who changed the address knows the password. */
function renderUndone(view: EmailUndoView): Markup {
  const { email = '', recover } = view;
  return html`<p class="done" id="undone" role="status">${icon('tick')}<span>The account has the address <bdi class="host">${showText(email)}</bdi> again. Everybody is signed out.</span></p>
<p>Now set a new password. The person who changed the address may know your password.</p>
<p><a class="button primary" id="recover" href="${recover}">Set a new password</a></p>
${renderRemoved(view)}`;
}

/** The owner may have added some of it, and can add it again. */
function renderRemoved({ removed, since = 0 }: EmailUndoView): Markup {
  if (removed === undefined) return raw('');
  const { passkeys, hasSecondFactor, applications } = removed;
  const named = (what: string, name: string) =>
    html`<li>${what} <strong><bdi>${showText(name)}</bdi></strong></li>`;
  const items = [
    ...passkeys.map((name) => named('Passkey', name)),
    ...(hasSecondFactor ? [html`<li>Authenticator app, with its recovery codes</li>`] : []),
    ...applications.map((name) => named('Connection to', name)),
  ];
  if (items.length === 0) return raw('');
  return html`<section class="way" aria-labelledby="removed-title"><h2 id="removed-title">Removed from your account</h2>
<p class="soft">This was added since ${dateInWords(since)}. If you added some of it yourself, add it again after you have set a new password.</p>
<ul class="removed" id="removed" role="list">${items}</ul></section>`;
}
