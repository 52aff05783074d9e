/** The end of every page that asks: how long it would be, and the two answers. */
import type { ConsentView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderName } from './client.ts';
import { daysInWords } from './date.ts';
import type { Markup } from './layout.ts';

/**
 * A form's first submit button is what Enter presses on a tick box (HTML, implicit submission), and nobody should
 * agree or refuse that way. So the first one does nothing: outside of a dialog, the method `dialog` sends no form.
 * A disabled button would not do, Chromium passes over it; nor one that is not drawn, older Safari passes over that.
 */
export function renderEnterGuard(): Markup {
  return html`<button class="enter-guard" type="submit" formmethod="dialog" tabindex="-1" aria-hidden="true"></button>`;
}

export function renderLifetime({ lifetime }: Pick<ConsentView, 'lifetime'>): string {
  if (lifetime === undefined) return 'Once, for a short while. For more, it has to ask you again.';
  if (lifetime.absoluteDays === undefined)
    return `Until you take it back. It also ends after ${daysInWords(lifetime.idleDays)} without use.`;
  const end = daysInWords(lifetime.absoluteDays);
  if (lifetime.idleDays >= lifetime.absoluteDays)
    return `Until you take it back. It ends after ${end} in any case.`;
  return `Until you take it back. It also ends after ${daysInWords(lifetime.idleDays)} without use, and after ${end} in any case.`;
}

export interface Decision {
  /** There is a reason to think twice. */
  readonly isCareful: boolean;
  /** Tells the controls of several forms on one page apart. */
  readonly idPrefix?: string;
  /** Whom the answer is for, where the page asks for several. */
  readonly about?: string;
}

/** Both answers are equally large; the one to think twice about is never the prominent one. */
export function renderDecision({ isCareful, idPrefix = '', about }: Decision): Markup {
  const [allowStyle, denyStyle] = isCareful ? ['secondary', 'primary'] : ['primary', 'secondary'];
  const spoken = about === undefined ? raw('') : html`<span class="spoken"> ${renderName(about)}</span>`;
  const allow = html`<button class="button ${allowStyle}" id="${idPrefix}allow" name="decision" value="allow" type="submit">${isCareful ? 'Allow anyway' : 'Allow'}${spoken}</button>`;
  const deny = html`<button class="button ${denyStyle}" id="${idPrefix}deny" name="decision" value="deny" type="submit">${about === undefined ? 'Cancel' : 'Decline'}${spoken}</button>`;
  return html`<div class="decision">${isCareful ? [deny, allow] : [allow, deny]}</div>
<p class="afterthought">You can take this back at any time, on ${about === undefined ? 'your account page' : 'this page'}.</p>`;
}
