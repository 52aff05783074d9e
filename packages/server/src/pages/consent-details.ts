import type { ConsentView, DetailResourceView, DetailView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { hintOf } from './consent-scopes.ts';
import { renderFacts, renderGiven, renderSentence } from './detail-words.ts';
import type { Markup } from './markup.ts';
import { showText } from './text.ts';

/** Permissions beyond scopes. Each lists the items that the user may decline. */
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
${renderFixed(detail.resources)}${renderChoices(detail.resources, idPrefix)}</fieldset></div>`;
}

/** The user agreed to it before and is not asked again, so there is no tick box. */
function renderFixed(resources: readonly DetailResourceView[]): Markup {
  const fixed = resources.filter(({ granted }) => granted);
  if (fixed.length === 0) return raw('');
  return html`<ul class="fixed" role="list">${fixed.map(({ name }) => html`<li class="scope"><span class="scope-text">${renderGiven(name)} <span class="tag">Allowed before</span></span></li>`)}</ul>`;
}

function renderChoices(resources: readonly DetailResourceView[], idPrefix: string): Markup {
  const open = resources.filter(({ granted }) => !granted);
  if (open.length === 0) return raw('');
  return html`<div class="choices"><p class="legend">${hintOf(open.length)}</p>
<ul role="list">${open.map((resource) => renderChoice(resource, idPrefix))}</ul></div>`;
}

function renderChoice({ name, value }: DetailResourceView, idPrefix: string): Markup {
  return html`<li class="scope choice"><label for="${idPrefix}detail-${value}"><input type="checkbox" id="${idPrefix}detail-${value}" name="detail" value="${value}" checked><span class="scope-text">${renderGiven(name)}</span></label></li>`;
}
