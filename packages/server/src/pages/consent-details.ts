import type {
  ConsentView,
  DetailChoiceView,
  DetailResourceView,
  DetailView,
} from '@keywright/core';
import { html, raw } from 'hono/html';
import { checked, hintOf } from './consent-scopes.ts';
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
  if (detail.resources.length === 0 && detail.choice === undefined)
    return html`<div class="row">${api}<div class="detail"><h4>${name}</h4>${words}</div></div>`;
  return html`<div class="row">${api}<fieldset class="detail"><legend>${name}</legend>${words}
${renderUnnamed(detail)}${renderFixed(detail.resources)}${renderChoices(detail.resources, idPrefix)}${renderPicks(detail, idPrefix)}</fieldset></div>`;
}

function renderUnnamed({ isUnnamed }: DetailView): Markup {
  if (isUnnamed !== true) return raw('');
  return html`<p class="soft">The names are not available now.</p>`;
}

/** The user agreed to it before and is not asked again, so there is no tick box. */
function renderFixed(resources: readonly DetailResourceView[]): Markup {
  const fixed = resources.filter(({ granted }) => granted);
  if (fixed.length === 0) return raw('');
  return html`<ul class="fixed" role="list">${fixed.map((resource) => html`<li class="scope">${renderPicture(resource)}<span class="scope-text">${renderResource(resource)} <span class="tag">Allowed before</span></span></li>`)}</ul>`;
}

function renderChoices(resources: readonly DetailResourceView[], idPrefix: string): Markup {
  const open = resources.filter(({ granted }) => !granted);
  if (open.length === 0) return raw('');
  return html`<div class="choices"><p class="legend">${hintOf(open.length)}</p>
<ul role="list">${open.map((resource) => renderChoice(resource, idPrefix))}</ul></div>`;
}

function renderChoice(resource: DetailResourceView, idPrefix: string): Markup {
  const { value } = resource;
  return html`<li class="scope choice"><label for="${idPrefix}detail-${value}"><input type="checkbox" id="${idPrefix}detail-${value}" name="detail" value="${value}"${checked(resource.isUnticked !== true)}>${renderPicture(resource)}<span class="scope-text">${renderResource(resource)}</span></label></li>`;
}

/** The resources of the user. None is picked at first. */
function renderPicks({ choice }: DetailView, idPrefix: string): Markup {
  if (choice === undefined) return raw('');
  const { most, resources, isUnavailable, isCut } = choice;
  if (isUnavailable === true)
    return html`<p class="soft">The list to choose from is not available now. Try again later.</p>`;
  if (resources.length === 0) return html`<p class="soft">You have nothing to choose from.</p>`;
  const hint =
    most === 1 ? 'Choose one' : most < resources.length ? `Choose up to ${most}` : 'Choose';
  const cut = isCut === true ? html`<p class="soft">The list is not complete.</p>` : raw('');
  return html`<div class="choices"><p class="legend">${hint}</p>
<ul role="list">${resources.map((resource) => renderPick(choice, resource, idPrefix))}</ul></div>${cut}`;
}

function renderPick(
  { control, most }: DetailChoiceView,
  resource: DetailResourceView,
  idPrefix: string,
): Markup {
  const { value } = resource;
  const id = `${idPrefix}detail-${value.replace('.', '-')}`;
  const [type, name] = most === 1 ? ['radio', control] : ['checkbox', 'detail'];
  return html`<li class="scope choice"><label for="${id}"><input type="${type}" id="${id}" name="${name}" value="${value}"${checked(resource.isPicked === true)}>${renderPicture(resource)}<span class="scope-text">${renderResource(resource)}</span></label></li>`;
}

/** The name of the API, and the identifier, which is what the API will see. */
function renderResource({ name, title }: DetailResourceView): Markup {
  if (title === undefined) return renderGiven(name);
  return html`<bdi>${showText(title)}</bdi> <bdi class="soft identifier">${showText(name)}</bdi>`;
}

function renderPicture({ picture }: DetailResourceView): Markup {
  if (picture === undefined) return raw('');
  return html`<img class="picture" src="${picture}" alt="" width="24" height="24">`;
}
