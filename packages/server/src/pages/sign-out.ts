import type { SignOutView } from '@keywright/core';
import { html } from 'hono/html';
import { renderForm } from './form.ts';
import { type PageSettings, renderDocument } from './layout.ts';
import { showText } from './text.ts';

export function renderSignOut(settings: PageSettings, view: SignOutView): string {
  return renderDocument(settings, {
    title: 'Sign out',
    width: 'narrow',
    main: html`<div class="sheet"><h1>Sign out?</h1>
<p>You are signed in as <bdi class="host">${showText(view.account.email)}</bdi>.</p>
${renderForm(view.form, 'stack', html`<button class="button primary" id="logout" type="submit">Sign out</button>`)}</div>`,
  });
}

/** Signing out ends the session here and no application's access: saying so is the point of the page. */
export function renderSignedOut(settings: PageSettings): string {
  return renderDocument(settings, {
    title: 'Signed out',
    width: 'narrow',
    main: html`<div class="sheet" id="logged-out"><h1>You are signed out</h1>
<p>Applications that you connected keep their access. To take it back, sign in again and open your account page.</p></div>`,
  });
}
