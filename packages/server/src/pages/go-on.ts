import type { GoOnView } from '@keywright/core';
import { html, raw } from 'hono/html';
import type { Markup } from './markup.ts';
import type { PageSettings } from './layout.ts';
import { showText } from './text.ts';

/** The host is next to the name, because it reveals an imitation. */
export function renderGoOn(goOn: GoOnView | undefined): Markup {
  if (goOn === undefined) return raw('');
  const name = html`<bdi>${showText(goOn.name)}</bdi>`;
  const warning = goOn.isUnverified
    ? html`<p>Nobody has checked the application that sent you here. Continue only if you know its address.</p>`
    : raw('');
  return html`
${warning}<div class="stack"><p>You came from ${name}, at <bdi class="host">${showText(goOn.host)}</bdi>.</p>
<a class="button secondary" id="go-on" href="${goOn.address}"><span>Continue to ${name}</span></a></div>`;
}

/** For a page without another link: to the account page, through the sign-in. */
export function renderHome({ homeUrl }: PageSettings, text = 'Go to your account'): Markup {
  return html`<p class="stack"><a class="button secondary" id="home" href="${homeUrl}">${text}</a></p>`;
}
