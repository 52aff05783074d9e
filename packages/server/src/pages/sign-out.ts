import type { SignedOutView, SignOutView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderForm } from './form.ts';
import { renderGoOn, renderHome } from './go-on.ts';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument } from './layout.ts';
import { showText } from './text.ts';

export function renderSignOut(settings: PageSettings, view: SignOutView): string {
  const account = html`<bdi class="host">${showText(view.account.email)}</bdi>`;
  return renderDocument(settings, {
    title: 'Sign out',
    width: 'narrow',
    main: html`<div class="sheet"><h1>Sign out?</h1>
${view.client === undefined ? html`<p>You are signed in as ${account}.</p>` : html`<p><bdi><strong>${showText(view.client.name)}</strong></bdi> wants to sign you out here. You are signed in as ${account}.</p>${view.client.isUnverified ? html`<p>Nobody has checked this application.</p>` : raw('')}`}
${renderForm(view.form, 'stack', html`<button class="button primary" id="logout" type="submit">Sign out</button>`)}
<p><a class="roomy" href="${view.stay}">Stay signed in</a></p></div>`,
  });
}

/**
 * Signing out ends the session here, but not the access of applications. The page explains this.
 */
export function renderSignedOut(settings: PageSettings, view: SignedOutView): string {
  return renderDocument(settings, {
    title: 'Signed out',
    width: 'narrow',
    main: html`<div class="sheet" id="logged-out"><h1>You are signed out</h1>
<p>Applications that may work while you are away keep their access. To take it back, sign in again and open your account page.</p>${renderGoOn(view.goOn)}${renderHome(settings, 'Sign in again')}</div>${view.frames.map(renderFrame)}`,
  });
}

/**
 * The frame is invisible. It may run its own scripts on its own origin, and cannot change this
 * page.
 */
function renderFrame(address: string): Markup {
  return html`
<iframe src="${address}" title="Tells an application that you are signed out" sandbox="allow-scripts allow-same-origin" referrerpolicy="no-referrer" hidden></iframe>`;
}
