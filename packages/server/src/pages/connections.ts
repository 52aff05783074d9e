/** The applications that the user has connected: a list, and a page for each. */
import type { ConnectionPageView, ConnectionView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderConnectionDetails } from './account-details.ts';
import { renderHomepage, renderName, renderTile } from './client.ts';
import { agoInWords, dateInWords, timestamp } from './date.ts';
import { renderForm } from './form.ts';
import { type PageSettings, renderDocument } from './layout.ts';
import type { Markup } from './markup.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

/** Low rows, so that a user with many applications finds one. A click shows what each may do. */
export function renderConnections(connections: readonly ConnectionView[], now: number): Markup {
  return html`<ul class="applications" role="list">${connections.map((one) => renderRow(one, now))}</ul>`;
}

function renderRow(connection: ConnectionView, now: number): Markup {
  const { client, lastUsedAt } = connection;
  return html`<li class="connection">
${renderTile(client.name)}<h2><a class="roomy" href="${connection.address}">${renderName(client.name)}</a> ${renderMaker(client)}</h2>
${renderRevoke(connection)}
<details><summary>Last used ${renderTime(lastUsedAt, agoInWords(lastUsedAt, now))} · ${countOf(connection)}<span class="spoken"> of ${renderName(client.name)}</span></summary>
<div class="opened">${renderWhatItMayDo(connection)}
<p class="soft">Connected ${renderTime(connection.connectedAt, dateInWords(connection.connectedAt))}</p></div></details>
</li>`;
}

export function renderConnectionPage(settings: PageSettings, view: ConnectionPageView): string {
  const { account, connection, back } = view;
  const { client, connectedAt, lastUsedAt } = connection;
  const now = settings.nowSeconds();
  return renderDocument(settings, {
    title: 'Connected application',
    width: 'regular',
    main: html`<div class="sheet">
<div class="connection-head">${renderTile(client.name)}<div><h1>${renderName(client.name)}</h1>
<p class="by">${renderHost(client.verifiedHost)}${renderPublisher(client.publisher)}${renderHomepage(client.homepage)}</p></div></div>
<p>This application may act for you at <bdi>${showText(settings.serviceName)}</bdi>. You are signed in as <bdi class="host">${showText(account.email)}</bdi>.</p>
<dl class="facts"><div class="row"><dt>Connected</dt><dd>${renderTime(connectedAt, dateInWords(connectedAt))}</dd></div>
<div class="row"><dt>Last used</dt><dd>${renderTime(lastUsedAt, agoInWords(lastUsedAt, now))}</dd></div></dl>
<section class="way" aria-labelledby="may-title"><h2 id="may-title">What it may do</h2>
<div class="connection">${renderWhatItMayDo(connection)}</div></section>
<section class="way" aria-labelledby="end-title"><h2 id="end-title">Take back access</h2>
<p class="soft">All of it ends at once. For a minute, you can undo it. Then the application must ask you again.</p>
${renderForm(connection.revoke, 'stack', html`<button class="button secondary revoke" id="revoke" type="submit">Take back access<span class="spoken"> of ${renderName(client.name)}</span></button>`)}</section>
<p><a class="roomy" id="back" href="${back}">Back to your applications</a></p></div>`,
  });
}

function renderWhatItMayDo(connection: ConnectionView): Markup {
  const { scopes } = connection;
  return html`${scopes.length === 0 ? raw('') : html`<ul class="may" role="list">${scopes.map((scope) => html`<li class="scope">${icon('tick')}<bdi>${showText(scope.description)}</bdi></li>`)}</ul>`}
${renderConnectionDetails(connection)}`;
}

function countOf({ scopes, details }: ConnectionView): string {
  const count = scopes.length + details.length;
  return count === 1 ? '1 permission' : `${count} permissions`;
}

function renderRevoke({ client, revoke }: ConnectionView): Markup {
  return renderForm(
    revoke,
    'inline',
    html`<button class="button secondary revoke" type="submit">Take back<span class="spoken"> access of ${renderName(client.name)}</span></button>`,
  );
}

function renderMaker({ verifiedHost, publisher }: ConnectionView['client']): Markup {
  if (verifiedHost === undefined && publisher === undefined) return raw('');
  return html`<span class="maker">${renderHost(verifiedHost)}${renderPublisher(publisher)}</span>`;
}

function renderPublisher(publisher: string | undefined): Markup {
  return publisher === undefined ? raw('') : html`<span>by ${renderName(publisher)}</span> `;
}

/** The certain part of a client whose id is an address. */
function renderHost(host: string | undefined): Markup {
  return host === undefined
    ? raw('')
    : html`<span>of <bdi class="host">${showText(host)}</bdi></span> `;
}

function renderTime(seconds: number, words: string): Markup {
  return html`<time datetime="${timestamp(seconds)}">${words}</time>`;
}
