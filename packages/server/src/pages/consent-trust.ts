import type { RequesterView, ClientView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderName } from './client.ts';
import { addressView, renderAddressWarning } from './consent-address.ts';
import type { Markup } from './markup.ts';
import type { PageSettings } from './layout.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

/**
 * How far the application may be trusted, in words of the operator, never in words of the
 * application.
 */
export function renderTrust(settings: PageSettings, client: ClientView | RequesterView): Markup {
  const service = html`<bdi>${showText(settings.serviceName)}</bdi>`;
  if (client.trust === 'first-party') return renderBadge(service);
  if (client.trust === 'third-party') return renderNote(service, client);
  const address = addressView(client);
  return address === undefined
    ? renderWarning(service, client)
    : renderAddressWarning(service, address, renderBorrowed(service, client));
}

function renderBadge(service: Markup): Markup {
  return html`<p class="badge">${icon('seal')}<span>Made by ${service}</span></p>`;
}

function renderNote(service: Markup, client: RequesterView): Markup {
  const who = renderName(client.publisher ?? client.name);
  return html`<p class="note">${icon('note')}<span>Not made by ${service}. The access that you allow goes to ${who}, under its own terms.</span></p>`;
}

/** Registered before the name was reserved. It stays, and the page marks it. */
export function renderBorrowed(
  service: Markup,
  { hasBorrowedName = false }: RequesterView,
): Markup {
  if (!hasBorrowedName) return raw('');
  return html`<p><strong>Its name looks as if it were part of ${service}. It is not.</strong></p>`;
}

/**
 * A short form for the sign-in page. The user knows the application before they type a password.
 */
export function renderSignInTrust(settings: PageSettings, client: ClientView): Markup {
  if (client.trust !== 'unverified') return raw('');
  const service = html`<bdi>${showText(settings.serviceName)}</bdi>`;
  return html`<div class="warning" id="unverified">${icon('warning')}<div>
<h2>Nobody has checked this application</h2>
${renderBorrowed(service, client)}<p>Sign in only if you came from <bdi class="host">${showText(client.returnHost)}</bdi> on purpose.</p>
</div></div>`;
}

/** If the answer goes to no address, there is no host to show. */
function renderWarning(service: Markup, client: ClientView | RequesterView): Markup {
  const known =
    'returnHost' in client ? html`<bdi class="host">${showText(client.returnHost)}</bdi>` : 'it';
  return html`<div class="warning">${icon('warning')}<div>
<h2>Nobody has checked this application</h2>
${renderBorrowed(service, client)}<p>It chose its name and its publisher itself. ${service} does not know who runs it. Continue only if you know ${known} and came from there on purpose.</p>
</div></div>`;
}
