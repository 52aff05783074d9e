/** The last part of every consent page: how long the access lasts, and the two answers. */
import type { ConsentView, LifetimeView } from '@keywright/core';
import { openIdScopes } from '@keywright/wire';
import { html, raw } from 'hono/html';
import { renderName } from './client.ts';
import { daysInWords } from './date.ts';
import type { Markup } from './markup.ts';

/**
 * Enter on a tick box presses the first submit button of a form (HTML, implicit submission). Nobody
 * should agree or refuse in this way, so the first button does nothing: outside of a dialog, the
 * method `dialog` sends no form. A disabled button does not work, because Chromium skips it. A
 * button that is not displayed does not work, because older Safari skips it.
 */
export function renderEnterGuard(): Markup {
  return html`<button class="enter-guard" type="submit" formmethod="dialog" tabindex="-1" aria-hidden="true"></button>`;
}

/** This is true for any scopes, because a refresh token outlives the visit of the user. */
export function renderLifetime(
  view: Pick<ConsentView, 'lifetime'>,
  place = 'your account page',
): Markup {
  return html`${lifetimeInWords(view)}<br><span class="soft">You can take it back at any time, on ${place}.</span>`;
}

function lifetimeInWords({ lifetime }: Pick<ConsentView, 'lifetime'>): string {
  if (lifetime === undefined)
    return 'For a short time. After that, the application must ask you again.';
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

/** Next to the answers, and always visible while the page scrolls. */
function inShort(lifetime: ConsentView['lifetime']): string {
  if (lifetime === undefined) return 'Lasts for a short time.';
  return lifetime.signOut === 'ends-it'
    ? 'Lasts until you sign out or take it back.'
    : 'Lasts until you take it back.';
}

const untilWhen: Readonly<Record<LifetimeView['signOut'], string>> = {
  'ends-it': 'Until you sign out here or take it back, even if you close this browser.',
  'changes-nothing': 'Until you take it back, even after you sign out here.',
  'ends-it-if-unticked': `Until you take it back, even after you sign out here. Only until you sign out, if you untick “${openIdScopes.offline_access}”.`,
};

export interface Decision {
  /** Whether the user should think twice. */
  readonly isCareful: boolean;
  /** Distinguishes the controls of several forms on one page. */
  readonly idPrefix?: string;
  /** The application that the answer is for, if the page asks for several. */
  readonly about?: string;
  readonly lifetime: ConsentView['lifetime'];
}

/** Both answers have the same size. The risky answer is never the prominent one. */
export function renderDecision({ isCareful, idPrefix = '', about, lifetime }: Decision): Markup {
  const [allowStyle, denyStyle] = isCareful ? ['secondary', 'primary'] : ['primary', 'secondary'];
  const spoken =
    about === undefined ? raw('') : html`<span class="spoken"> ${renderName(about)}</span>`;
  const allow = html`<button class="button ${allowStyle}" id="${idPrefix}allow" name="decision" value="allow" type="submit">${isCareful ? 'Allow anyway' : 'Allow'}${spoken}</button>`;
  const deny = html`<button class="button ${denyStyle}" id="${idPrefix}deny" name="decision" value="deny" type="submit">${about === undefined ? 'Cancel' : 'Decline'}${spoken}</button>`;
  const answers = html`<div class="decision">${isCareful ? [deny, allow] : [allow, deny]}</div>`;
  if (about !== undefined) return answers;
  return html`<div class="at-hand"><p class="afterthought">${inShort(lifetime)}</p>${answers}</div>`;
}
