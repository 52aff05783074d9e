import type { ConnectionDetailView, ConnectionView, FormView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderName } from './client.ts';
import { renderFacts, renderGiven, renderSentence, renderShort } from './detail-words.ts';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

/** What an application may do beyond scopes, with a button for each item. */
export function renderConnectionDetails({ client, details }: ConnectionView): Markup {
  return html`${details.map((detail) => renderDetail(client.name, detail))}`;
}

function renderDetail(client: string, detail: ConnectionDetailView): Markup {
  const whole =
    detail.takeBack === undefined ? raw('') : renderTakeBack(detail.takeBack, client, detail.name);
  return html`<div class="detail"><h3><bdi>${showText(detail.name)}</bdi></h3>
${renderSentence(detail.description)}${renderFacts(detail.facts)}${whole}
${detail.resources.length === 0 ? raw('') : html`<ul class="single" role="list">${detail.resources.map(({ name, takeBack }) => html`<li><span class="scope">${icon('tick')}${renderGiven(name)}</span>${renderTakeBack(takeBack, client, name)}</li>`)}</ul>`}</div>`;
}

/** The buttons look alike. Each has its own name for screen readers. */
function renderTakeBack(form: FormView, client: string, what: string): Markup {
  return renderForm(
    form,
    'inline',
    html`<button class="button secondary revoke" type="submit">Take back<span class="spoken"> ${renderShort(what)} from ${renderName(client)}</span></button>`,
  );
}
