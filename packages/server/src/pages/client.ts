import { html, raw } from 'hono/html';
import type { Markup } from './markup.ts';
import { initialOf, showName } from './text.ts';

const tileColours = 8;

/**
 * The logo: the initial, on a colour that is computed from the name. It is the same on every page
 * and every node.
 */
export function renderTile(name: string): Markup {
  return html`<span class="tile tile-${colourOf(name)}" aria-hidden="true">${initialOf(name)}</span>`;
}

/** FNV-1a. */
function colourOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % tileColours;
}

/** `bdi` prevents that a right-to-left name changes the order of the sentence. */
export function renderName(name: string): Markup {
  return html`<bdi class="name">${showName(name)}</bdi>`;
}

/**
 * The name of an application on a page: its address if the address is certain, otherwise the name
 * that it chose.
 */
export function calledOf({
  verifiedHost,
  name,
}: {
  readonly name: string;
  readonly verifiedHost?: string;
}): string {
  return verifiedHost ?? name;
}

/** On the pages of a sign-in: the application to which the user returns. Empty if there is none. */
export function renderPurpose(client: Parameters<typeof calledOf>[0] | undefined): Markup {
  if (client === undefined) return raw('');
  const called = calledOf(client);
  return html`<p class="purpose">${renderTile(called)}<span>to continue to <strong>${renderName(called)}</strong></span></p>`;
}

/**
 * A link to the home page, in a new tab, so that the consent page stays open. No link if it is not
 * a web address.
 */
export function renderHomepage(homepage: string | undefined): Markup {
  const url = homepage === undefined ? null : URL.parse(homepage);
  // Any other scheme could run a script or leave the browser.
  if (url === null || !/^https?:$/.test(url.protocol)) return raw('');
  return html`<a href="${url.href}" target="_blank" rel="noopener noreferrer nofollow"><bdi>${url.host}</bdi><span class="spoken"> (opens in a new tab)</span></a>`;
}
