/**
 * An application whose id is an address: its certain parts, and the parts that it chose itself
 * (Client ID Metadata Documents §8.5).
 */
import type { ClientView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderName } from './client.ts';
import type { Markup } from './markup.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

export interface AddressView {
  readonly host: string;
  readonly name: string;
  readonly returnHost?: string;
  readonly hasChanged?: boolean | undefined;
}

export function addressView(
  client: Omit<ClientView, 'returnHost'> & { readonly returnHost?: string },
): AddressView | undefined {
  const { verifiedHost: host, name, returnHost, hasChanged } = client;
  if (host === undefined) return undefined;
  return { host, name, hasChanged, ...(returnHost === undefined ? {} : { returnHost }) };
}

/**
 * The host is large, because nobody else can have it. Anybody could have chosen the name next to
 * it.
 */
export function renderAddressHeading({ host, name }: AddressView): Markup {
  return html`<h1>Allow <strong class="address">${renderHost(host)}</strong> to act for you?</h1>
<p class="by"><span>It calls itself ${renderName(name)}</span></p>`;
}

function renderHost(host: string): Markup {
  return html`<bdi class="name">${showText(host)}</bdi>`;
}

export function renderAddressWarning(service: Markup, view: AddressView, borrowed: Markup): Markup {
  return html`${renderChange(view)}<div class="warning">${icon('warning')}<div>
<h2>Nobody has checked this application</h2>
${borrowed}<p>Only its address is certain: <bdi class="host">${showText(view.host)}</bdi>. It chose its name and everything else itself. ${service} does not know who runs it. Continue only if you know this address and came from there on purpose.</p>
${renderReturn(view)}</div></div>`;
}

/**
 * If the answer goes to another address than the certain one, the owner of that address gets the
 * access.
 */
function renderReturn({ host, returnHost }: AddressView): Markup {
  if (returnHost === undefined || returnHost === host) return raw('');
  return html`<p>The access that you allow goes to another address: <bdi class="host">${showText(returnHost)}</bdi>.</p>`;
}

function renderChange({ hasChanged = false }: AddressView): Markup {
  if (!hasChanged) return raw('');
  return html`<p class="note" role="status">${icon('note')}<span>Its description has changed since you agreed. Check everything on this page again.</span></p>`;
}
