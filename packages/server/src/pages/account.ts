import type { AccountView, ConnectionView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderHomepage, renderName, renderTile } from './client.ts';
import { agoInWords, dateInWords, timestamp } from './date.ts';
import { renderForm } from './form.ts';
import { type Markup, type PageSettings, renderDocument } from './layout.ts';
import { icon, mark } from './mark.ts';
import { showName, showText } from './text.ts';

export function renderAccount(settings: PageSettings, view: AccountView): string {
  return renderDocument(settings, {
    title: 'Connected applications',
    width: 'wide',
    aside: renderWhoIsSignedIn(view),
    main: html`<h1>Connected applications</h1>
${view.connections.length === 0 ? raw('') : renderLead(settings)}
${renderRevoked(view.revoked)}
${view.connections.length === 0 ? renderEmpty() : renderConnections(settings, view)}
${view.next === undefined ? raw('') : html`<nav aria-label="More applications"><a class="button secondary" rel="next" href="${view.next}">Show more</a></nav>`}`,
  });
}

function renderLead(settings: PageSettings): Markup {
  return html`<p class="lead">These may act for you at <bdi>${showText(settings.serviceName)}</bdi>. Take back the access of any that you no longer use.</p>`;
}

function renderWhoIsSignedIn(view: AccountView): Markup {
  return html`<div class="signed-in"><p><bdi>${showName(view.account.name)}</bdi><br><bdi class="soft">${showText(view.account.email)}</bdi></p>
${renderForm(view.signOut, 'inline', html`<button class="button secondary" id="logout" type="submit">Sign out</button>`)}</div>`;
}

function renderRevoked(name: string | undefined): Markup {
  if (name === undefined) return raw('');
  return html`<p class="done" id="revoked" role="status">${icon('tick')}<span>${renderName(name)} can no longer get access. What it was given last runs out within minutes.</span></p>`;
}

function renderEmpty(): Markup {
  return html`<div class="empty">${mark()}<p><strong>No application is connected.</strong></p>
<p class="soft">When you allow one, it appears here with what it may do.</p></div>`;
}

function renderConnections(settings: PageSettings, view: AccountView): Markup {
  const now = settings.nowSeconds();
  return html`<ul class="connections" role="list">${view.connections.map((connection) => renderConnection(connection, now))}</ul>`;
}

function renderConnection(connection: ConnectionView, now: number): Markup {
  const { client } = connection;
  return html`<li class="connection">
<div class="connection-head">${renderTile(client.name)}<div><h2>${renderName(client.name)}</h2>
<p class="by">${client.publisher === undefined ? raw('') : html`<span>by ${renderName(client.publisher)}</span> `}${renderHomepage(client.homepage)}</p></div></div>
<ul class="may" role="list">${connection.scopes.map((scope) => html`<li class="scope">${icon('tick')}<bdi>${showText(scope.description)}</bdi></li>`)}</ul>
<div class="connection-foot"><p class="soft">Connected ${renderTime(connection.connectedAt, dateInWords(connection.connectedAt))}<br>Last used ${renderTime(connection.lastUsedAt, agoInWords(connection.lastUsedAt, now))}</p>
${renderForm(connection.revoke, 'inline', html`<button class="button secondary revoke" type="submit">Take back access<span class="spoken"> of ${renderName(client.name)}</span></button>`)}</div>
</li>`;
}

function renderTime(seconds: number, words: string): Markup {
  return html`<time datetime="${timestamp(seconds)}">${words}</time>`;
}
