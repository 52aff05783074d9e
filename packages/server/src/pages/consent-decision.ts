/** The end of every page that asks: how long it would be, and the two answers. */
import type { ConsentView, LifetimeView } from '@keywright/core';
import { openIdScopes } from '@keywright/wire';
import { html, raw } from 'hono/html';
import { renderName } from './client.ts';
import { daysInWords } from './date.ts';
import type { Markup } from './markup.ts';

/**
 * A form's first submit button is what Enter presses on a tick box (HTML, implicit submission), and nobody should
 * agree or refuse that way. So the first one does nothing: outside of a dialog, the method `dialog` sends no form.
 * A disabled button would not do, Chromium passes over it; nor one that is not drawn, older Safari passes over that.
 */
export function renderEnterGuard(): Markup {
  return html`<button class="enter-guard" type="submit" formmethod="dialog" tabindex="-1" aria-hidden="true"></button>`;
}

/** True of what is given, whichever scopes are asked for: a refresh token lasts longer than the person looks on. */
export function renderLifetime(view: Pick<ConsentView, 'lifetime'>, place = 'your account page'): Markup {
  return html`${lifetimeInWords(view)}<br><span class="soft">You can take it back at any time, on ${place}.</span>`;
}

function lifetimeInWords({ lifetime }: Pick<ConsentView, 'lifetime'>): string {
  if (lifetime === undefined) return 'For a short while. After that, it has to come back to you.';
  return `${untilWhen[lifetime.signOut]} ${endInWords(lifetime)}`;
}

function endInWords({ idleDays, absoluteDays }: LifetimeView): string {
  const idle = daysInWords(idleDays);
  if (absoluteDays === undefined) return `It ends after ${idle} without use.`;
  const end = daysInWords(absoluteDays);
  return idleDays >= absoluteDays
    ? `It ends after ${end} in any case.`
    : `It ends after ${idle} without use, and after ${end} in any case.`;
}

/** Beside the answers, in sight wherever the page is scrolled to. */
function inShort(lifetime: ConsentView['lifetime']): string {
  if (lifetime === undefined) return 'Lasts for a short while.';
  return lifetime.signOut === 'ends-it'
    ? 'Lasts until you sign out or take it back.'
    : 'Lasts until you take it back.';
}

const untilWhen: Readonly<Record<LifetimeView['signOut'], string>> = {
  'ends-it': 'Until you sign out here or take it back, even when you close this browser.',
  'changes-nothing': 'Until you take it back, even after you sign out here.',
  'ends-it-if-unticked': `Until you take it back, even after you sign out here. Only until you sign out, if you untick “${openIdScopes.offline_access}”.`,
};

export interface Decision {
  /** There is a reason to think twice. */
  readonly isCareful: boolean;
  /** Tells the controls of several forms on one page apart. */
  readonly idPrefix?: string;
  /** Whom the answer is for, where the page asks for several. */
  readonly about?: string;
  readonly lifetime: ConsentView['lifetime'];
}

/** Both answers are equally large; the one to think twice about is never the prominent one. */
export function renderDecision({ isCareful, idPrefix = '', about, lifetime }: Decision): Markup {
  const [allowStyle, denyStyle] = isCareful ? ['secondary', 'primary'] : ['primary', 'secondary'];
  const spoken = about === undefined ? raw('') : html`<span class="spoken"> ${renderName(about)}</span>`;
  const allow = html`<button class="button ${allowStyle}" id="${idPrefix}allow" name="decision" value="allow" type="submit">${isCareful ? 'Allow anyway' : 'Allow'}${spoken}</button>`;
  const deny = html`<button class="button ${denyStyle}" id="${idPrefix}deny" name="decision" value="deny" type="submit">${about === undefined ? 'Cancel' : 'Decline'}${spoken}</button>`;
  const answers = html`<div class="decision">${isCareful ? [deny, allow] : [allow, deny]}</div>`;
  if (about !== undefined) return answers;
  return html`<div class="at-hand"><p class="afterthought">${inShort(lifetime)}</p>${answers}</div>`;
}
