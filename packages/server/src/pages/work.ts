/** The proof of work in a form, for the script of `work-script.js`. */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html, raw } from 'hono/html';
import type { PageSettings } from './layout.ts';
import type { Markup } from './markup.ts';

const body = readFileSync(new URL('./work-script.js', import.meta.url), 'utf8');

/** Served unchanged, and cached for ever, like the style sheet. */
export const workScript = {
  path: `/assets/work-${hash('sha256', body, 'hex').slice(0, 16)}.js`,
  body,
  contentType: 'text/javascript; charset=utf-8',
} as const;

/**
 * Within the form, above its button. Without scripts it is not shown, and the error says how long
 * to wait.
 */
export function renderWork({ work }: { readonly work?: string }): Markup {
  if (work === undefined) return raw('');
  return html`<div class="work" data-work="${work}" hidden><input type="hidden" name="work" value="">
<p role="status" id="work" data-working="One moment: we check that you are not a program." data-done="You need not wait. Try again now."></p></div>`;
}

export function renderWorkScript(
  { workScriptUrl }: PageSettings,
  { work }: { readonly work?: string },
): Markup {
  if (work === undefined) return raw('');
  return html`<script src="${workScriptUrl}" defer>${raw('</script>')}`;
}
