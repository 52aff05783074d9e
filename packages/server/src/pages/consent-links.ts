/**
 * Links to documents of an application, as text. A page never loads them (RFC 7591 §2,
 * `policy_uri`, `tos_uri`).
 */
import type { ClientView } from '@keywright/core';
import { html, raw } from 'hono/html';
import type { Markup } from './markup.ts';
import { showText } from './text.ts';

export function renderOwnTerms({ links, trust }: Pick<ClientView, 'links' | 'trust'>): Markup {
  const shown = [
    ['Privacy policy', links?.policy],
    ['Terms of service', links?.terms],
  ].flatMap(([label, address]) =>
    label === undefined || address === undefined ? [] : [{ label, address }],
  );
  if (shown.length === 0) return raw('');
  const render = trust === 'unverified' ? renderAddress : renderLink;
  return html`<div class="row"><dt>Its own terms</dt><dd>${shown.map((one, index) => html`${index === 0 ? raw('') : html`<br>`}${render(one)}`)}</dd></div>`;
}

interface Shown {
  readonly label: string;
  readonly address: string;
}

/** Nobody has checked the target, so the page contains no link to it. */
function renderAddress({ label, address }: Shown): Markup {
  return html`${label}: <bdi class="soft">${showText(address)}</bdi>`;
}

function renderLink({ label, address }: Shown): Markup {
  const url = URL.parse(address);
  if (url === null || url.protocol !== 'https:') return raw('');
  return html`<a class="roomy" href="${url.href}" target="_blank" rel="noopener noreferrer nofollow">${label}<span class="spoken"> of the application (opens in a new tab)</span></a>`;
}
