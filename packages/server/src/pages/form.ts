import type { FormView } from '@keywright/core';
import { html } from 'hono/html';
import type { Markup } from './markup.ts';

/** The fields return exactly as they were received. So they are only escaped, not cleaned. */
export function renderForm(form: FormView, className: string, content: Markup): Markup {
  const fields = Object.entries(form.fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form class="${className}" method="post" action="${form.action}">${fields}${content}</form>`;
}
