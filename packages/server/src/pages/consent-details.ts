import type { ConsentView, DetailResourceView, DetailView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderFacts, renderGiven, renderSentence } from './detail-words.ts';
import type { Markup } from './layout.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

/** What is asked for beyond scopes: each with the single things that the person may leave out. */
export function renderDetails({ details }: Pick<ConsentView, 'details'>, idPrefix: string): Markup {
  if (details.length === 0) return raw('');
  return html`<section class="scopes details"><h2>In detail</h2>
${details.map((detail) => renderDetail(detail, idPrefix))}</section>`;
}

function renderDetail(detail: DetailView, idPrefix: string): Markup {
  const name = html`<bdi>${showText(detail.name)}</bdi>`;
  const words = html`${renderSentence(detail.description)}${renderFacts(detail.facts)}`;
  const api = html`<h3><bdi>${showText(detail.api)}</bdi></h3>`;
  if (detail.resources.length === 0)
    return html`<div class="row">${api}<div class="detail"><h4>${name}</h4>${words}</div></div>`;
  return html`<div class="row">${api}<fieldset class="detail"><legend>${name}</legend>${words}
${renderHint(detail.resources)}
<ul role="list">${detail.resources.map((resource) => renderResource(resource, idPrefix))}</ul></fieldset></div>`;
}

function renderHint(resources: readonly DetailResourceView[]): Markup {
  const open = resources.filter(({ granted }) => !granted).length;
  if (open === 0) return raw('');
  const text = open === 1 ? 'Untick it to leave it out.' : 'Untick what it should not get.';
  return html`<p class="soft hint">${text}</p>`;
}

function renderResource({ name, value, granted }: DetailResourceView, idPrefix: string): Markup {
  // What was agreed before is not asked again, so there is nothing to untick.
  if (granted)
    return html`<li class="scope">${icon('tick')}<span class="scope-text">${renderGiven(name)} <span class="tag">Allowed before</span></span></li>`;
  return html`<li class="scope choice"><label for="${idPrefix}detail-${value}"><input type="checkbox" id="${idPrefix}detail-${value}" name="detail" value="${value}" checked><span class="scope-text">${renderGiven(name)}</span></label></li>`;
}
