import type { AccountView, WaitingRequestView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderHomepage, renderName, renderTile } from './client.ts';
import { renderDecision, renderEnterGuard, renderLifetime } from './consent-decision.ts';
import { renderAsked } from './consent-asked.ts';
import { agoInWords, soonInWords, timestamp } from './date.ts';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import type { PageSettings } from './layout.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

/** Requests of applications that wait for the user, at the top of the account page. */
export function renderWaiting(settings: PageSettings, waiting: AccountView['waiting']): Markup {
  if (waiting === undefined || waiting.length === 0) return raw('');
  const now = settings.nowSeconds();
  return html`<ul class="connections" role="list">${waiting.map((request, index) => renderRequest(request, index, now))}</ul>`;
}

function renderRequest(request: WaitingRequestView, index: number, now: number): Markup {
  const { client } = request;
  return html`<li class="connection asking">
<div class="connection-head">${renderTile(client.name)}<div><h2>${renderName(client.name)} asks for your approval</h2>
<p class="by">${client.publisher === undefined ? raw('') : html`<span>by ${renderName(client.publisher)}</span> `}${renderHomepage(client.homepage)}</p>
<p class="soft">Asked <time datetime="${timestamp(request.askedAt)}">${agoInWords(request.askedAt, now)}</time>, expires <time datetime="${timestamp(request.expiresAt)}">${soonInWords(request.expiresAt, now)}</time></p></div></div>
<div class="warning">${icon('warning')}<div><p>${renderCheck(request)}</p></div></div>
${renderForm(request.form, 'stack', html`${renderEnterGuard()}${renderAsked(request, `request-${index}-`)}${renderHowLong(request)}${renderDecision({ isCareful: false, idPrefix: `request-${index}-`, about: client.name, lifetime: request.lifetime })}`)}
</li>`;
}

function renderHowLong(request: WaitingRequestView): Markup {
  return html`<dl class="terms"><div class="row"><dt>How long</dt><dd>${renderLifetime(request, 'this page')}</dd></div></dl>`;
}

/**
 * CIBA §7.1: the message shows the user that the application and this page are about the same
 * request.
 */
function renderCheck({ client, bindingMessage }: WaitingRequestView): Markup {
  if (bindingMessage === undefined)
    return html`Allow only if you are using ${renderName(client.name)} now and expect this request.`;
  return html`Allow only if ${renderName(client.name)} shows exactly this text now:<br><bdi class="binding">${showText(bindingMessage)}</bdi>`;
}

export function renderAnswered(answered: AccountView['answered']): Markup {
  if (answered === undefined) return raw('');
  const { name, approved } = answered;
  return html`<p class="done" id="answered" role="status">${icon('tick')}<span>${approved ? html`You allowed ${renderName(name)}. It continues by itself.` : html`You declined. ${renderName(name)} was informed.`}</span></p>`;
}
