import type { AccountView, FormView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderName } from './client.ts';
import { renderConnections } from './connections.ts';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument } from './layout.ts';
import { icon, mark } from './mark.ts';
import { renderAccepted } from './terms.ts';
import { showName, showText } from './text.ts';
import { renderAnswered, renderWaiting } from './waiting.ts';

export function renderAccount(settings: PageSettings, view: AccountView): string {
  return renderDocument(settings, {
    title: isAsked(view) ? 'An application asks for your approval' : 'Connected applications',
    width: 'wide',
    aside: renderWhoIsSignedIn(view),
    main: html`${renderHeading(settings, view)}
${view.connections.length === 0 ? raw('') : renderLead(settings)}
${renderPasswordChanged(view)}
${renderEmailChanged(view)}
${renderRevoked(view)}
${renderUndone(view)}
${renderWithdrawn(view.withdrawn)}
${renderAnswered(view.answered)}
${view.connections.length === 0 ? renderEmpty(settings) : renderConnections(view.connections, settings.nowSeconds())}
${view.next === undefined ? raw('') : html`<nav aria-label="More applications"><a class="button secondary" rel="next" href="${view.next}">Show more</a></nav>`}
${renderAccepted(view)}`,
  });
}

function isAsked({ waiting }: AccountView): boolean {
  return waiting !== undefined && waiting.length > 0;
}

/** Requests expire within minutes, so they are at the top of the page. */
function renderHeading(settings: PageSettings, view: AccountView): Markup {
  if (!isAsked(view)) return html`<h1>Connected applications</h1>`;
  return html`<h1>An application asks for your approval</h1>
${renderWaiting(settings, view.waiting)}
<h2 class="part">Connected applications</h2>`;
}

function renderLead(settings: PageSettings): Markup {
  return html`<p class="lead">These applications may act for you at <bdi>${showText(settings.serviceName)}</bdi>. Take back the access of an application that you no longer use.</p>`;
}

function renderWhoIsSignedIn(view: AccountView): Markup {
  return html`<div class="signed-in"><p><bdi>${showName(view.account.name)}</bdi><br><bdi class="soft">${showText(view.account.email)}</bdi></p>
<div class="own"><a class="roomy" id="security" href="${view.security}">Security</a>
<a class="roomy" href="${view.changePassword}">Change password</a>
${view.changeEmail === undefined ? raw('') : html`<a class="roomy" id="change-email" href="${view.changeEmail}">Change e-mail</a>`}
${renderForm(view.signOut, 'inline', html`<button class="button secondary" id="logout" type="submit">Sign out</button>`)}</div></div>`;
}

function renderPasswordChanged({ passwordChanged, connections }: AccountView): Markup {
  if (passwordChanged !== true) return raw('');
  const kept =
    connections.length === 0
      ? ''
      : ' These applications keep their access. If you do not know an application, take back its access.';
  return html`<p class="done" id="password-changed" role="status">${icon('tick')}<span>Your password is changed. You are signed out everywhere else.${kept}</span></p>`;
}

function renderEmailChanged({ emailChanged, account }: AccountView): Markup {
  if (emailChanged !== true) return raw('');
  return html`<p class="done" id="email-changed" role="status">${icon('tick')}<span>Your e-mail address is now <bdi>${showText(account.email)}</bdi>. The former address got a notice.</span></p>`;
}

function renderRevoked({ revoked, undo }: AccountView): Markup {
  if (revoked === undefined) return raw('');
  const done = html`<p class="done" id="revoked" role="status">${icon('tick')}<span>${renderName(revoked)} can no longer get access. Its last access ends within minutes.</span></p>`;
  return undo === undefined ? done : html`${done}${renderUndo(revoked, undo)}`;
}

/**
 * Next to the status, not in it: screen readers read a status aloud, and it must not contain
 * controls.
 */
function renderUndo(name: string, undo: FormView): Markup {
  return renderForm(
    undo,
    'undo',
    html`<p class="soft">Was that a mistake? You can undo it within a minute. The application may have to sign you in again.</p>
<button class="button secondary" id="undo" type="submit">Undo<span class="spoken">: allow ${renderName(name)} again</span></button>`,
  );
}

function renderUndone({ undone, undoRefused = false }: AccountView): Markup {
  if (undone !== undefined)
    return html`<p class="done" id="undone" role="status">${icon('tick')}<span>${renderName(undone)} has its access again. It may have to sign you in again.</span></p>`;
  if (!undoRefused) return raw('');
  return html`<p class="note" id="undo-refused" role="status">${icon('note')}<span>Nothing was undone. It was too late, or it was undone before. The application can ask you again.</span></p>`;
}

function renderWithdrawn(withdrawn: AccountView['withdrawn']): Markup {
  if (withdrawn === undefined) return raw('');
  const { what, from } = withdrawn;
  return html`<p class="done" id="withdrawn" role="status">${icon('tick')}<span>${renderName(from)} can no longer get access to ${renderName(what)}. Its last access ends within minutes.</span></p>`;
}

function renderEmpty(settings: PageSettings): Markup {
  return html`<div class="empty">${mark(settings)}<p><strong>No application is connected.</strong></p>
<p class="soft">When you allow an application, this page shows it and what it may do.</p></div>`;
}
