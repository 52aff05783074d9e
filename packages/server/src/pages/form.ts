import type { FormView } from '@keywright/core';
import { html } from 'hono/html';
import type { Markup } from './markup.ts';

/** The fields go back exactly as they came, so nothing is cleaned here, only escaped. */
export function renderForm(form: FormView, className: string, content: Markup): Markup {
  const fields = Object.entries(form.fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form class="${className}" method="post" action="${form.action}">${fields}${content}</form>`;
}
