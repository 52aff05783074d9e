import type { FormPostView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderForm } from './form.ts';
import { type PageSettings, renderDocument } from './layout.ts';
import { showText } from './text.ts';

/**
 * Visible for a moment at most. Without scripts it stays, and the button does the work of the
 * script.
 */
export function renderFormPost(settings: PageSettings, view: FormPostView): string {
  const host = html`<bdi class="host">${showText(view.returnHost)}</bdi>`;
  return renderDocument(settings, {
    title: 'Back to the application',
    width: 'narrow',
    main: html`<div class="sheet"><h1>Back to the application</h1>
<p>You are on your way to ${host}. If nothing happens, press Continue.</p>
${renderForm(view.form, 'stack', html`<button class="button primary" id="continue" type="submit">Continue</button>`)}
${raw(`<script>${view.script}</script>`)}</div>`,
  });
}
