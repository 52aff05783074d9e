import type { RequesterView, ConsentScopeView, ConsentView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { calledOf, renderName } from './client.ts';
import type { Markup } from './markup.ts';
import { showText } from './text.ts';

export function renderScopeGroups(
  view: Pick<ConsentView, 'groups'> & { readonly client: RequesterView },
  idPrefix: string,
): Markup {
  const groups = view.groups.filter((group) => group.scopes.length > 0);
  if (groups.length === 0) return html`<p>It asks only for your agreement.</p>`;
  return html`<section class="scopes"><h2>What ${renderName(calledOf(view.client))} could do</h2>
${groups.map(
  ({ api, scopes }) => html`<div class="row"><h3><bdi>${showText(api)}</bdi></h3>
<div>${renderFixed(scopes)}${renderChoices(scopes, idPrefix)}</div></div>`,
)}</section>`;
}

/** The user agreed to it before and is not asked again, so there is no tick box. */
function isChoice({ optional, granted }: ConsentScopeView): boolean {
  return optional && !granted;
}

function renderFixed(scopes: readonly ConsentScopeView[]): Markup {
  const fixed = scopes.filter((scope) => !isChoice(scope));
  if (fixed.length === 0) return raw('');
  return html`<ul class="fixed" role="list">${fixed.map(({ description, granted }) => html`<li class="scope"><span class="scope-text"><bdi>${showText(description)}</bdi>${granted ? html` <span class="tag">Allowed before</span>` : raw('')}</span></li>`)}</ul>`;
}

/** In its own frame, with a sentence that explains it. Nothing else on the page can be unticked. */
function renderChoices(scopes: readonly ConsentScopeView[], idPrefix: string): Markup {
  const choices = scopes.filter(isChoice);
  if (choices.length === 0) return raw('');
  return html`<fieldset class="choices"><legend>${hintOf(choices.length)}</legend>
<ul role="list">${choices.map((scope) => renderChoice(scope, idPrefix))}</ul></fieldset>`;
}

/** The same words for scopes and for items. */
export function hintOf(choices: number): string {
  return choices === 1
    ? 'Optional: untick it if the application should not get it'
    : 'Optional: untick everything that the application should not get';
}

/** The attribute of a control. */
export function checked(isChecked: boolean): Markup {
  return raw(isChecked ? ' checked' : '');
}

function renderChoice(scope: ConsentScopeView, idPrefix: string): Markup {
  const { name, description, isUnticked } = scope;
  return html`<li class="scope choice"><label for="${idPrefix}scope-${name}"><input type="checkbox" id="${idPrefix}scope-${name}" name="scope" value="${name}"${checked(isUnticked !== true)}><span class="scope-text"><bdi>${showText(description)}</bdi></span></label></li>`;
}
