import type { AskerView, ConsentScopeView, ConsentView } from '@keywright/core';
import { html } from 'hono/html';
import { calledOf, renderName } from './client.ts';
import type { Markup } from './layout.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

export function renderScopeGroups(
  view: Pick<ConsentView, 'groups'> & { readonly client: AskerView },
  idPrefix: string,
): Markup {
  const groups = view.groups.filter((group) => group.scopes.length > 0);
  if (groups.length === 0) return html`<p>It asks for nothing but your agreement.</p>`;
  return html`<section class="scopes"><h2>What ${renderName(calledOf(view.client))} could do</h2>
${groups.map(
  (group) => html`<div class="row"><h3><bdi>${showText(group.api)}</bdi></h3>
<ul role="list">${group.scopes.map((scope) => renderScope(scope, idPrefix))}</ul></div>`,
)}</section>`;
}

function renderScope(scope: ConsentScopeView, idPrefix: string): Markup {
  const description = html`<bdi>${showText(scope.description)}</bdi>`;
  // What was agreed before is not asked again, so there is nothing to untick.
  if (scope.granted) return renderFixed(html`${description} <span class="tag">Allowed before</span>`);
  return scope.optional ? renderChoice(scope.name, description, idPrefix) : renderFixed(description);
}

function renderFixed(text: Markup): Markup {
  return html`<li class="scope">${icon('tick')}<span class="scope-text">${text}</span></li>`;
}

function renderChoice(name: string, description: Markup, idPrefix: string): Markup {
  return html`<li class="scope choice"><label for="${idPrefix}scope-${name}"><input type="checkbox" id="${idPrefix}scope-${name}" name="scope" value="${name}" checked><span class="scope-text">${description} <span class="tag">Optional</span></span></label></li>`;
}
