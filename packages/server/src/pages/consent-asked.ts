import type { RequesterView, ConsentView } from '@keywright/core';
import { html } from 'hono/html';
import { renderDetails } from './consent-details.ts';
import { renderScopeGroups } from './consent-scopes.ts';
import type { Markup } from './markup.ts';

export type AskedView = Pick<ConsentView, 'groups' | 'details'> & {
  readonly client: RequesterView;
};

/**
 * Scopes, then details. A request for details only is a request too. `idPrefix` distinguishes the
 * controls of several forms on one page.
 */
export function renderAsked(view: AskedView, idPrefix = ''): Markup {
  const hasScopes = view.groups.some(({ scopes }) => scopes.length > 0);
  if (!hasScopes && view.details.length > 0) return renderDetails(view, idPrefix);
  return html`${renderScopeGroups(view, idPrefix)}${renderDetails(view, idPrefix)}`;
}
