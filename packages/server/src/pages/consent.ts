import type { ClientView, ConsentView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { calledOf, renderHomepage, renderName, renderTile } from './client.ts';
import { addressView, renderAddressHeading } from './consent-address.ts';
import { renderAsked } from './consent-asked.ts';
import { renderDecision, renderEnterGuard, renderLifetime } from './consent-decision.ts';
import { renderOwnTerms } from './consent-links.ts';
import { renderTrust } from './consent-trust.ts';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument, renderError } from './layout.ts';
import { icon, keyBlade, mark } from './mark.ts';
import { showName, showText } from './text.ts';

export function renderConsent(settings: PageSettings, view: ConsentView): string {
  const title = `Allow ${showName(calledOf(view.client))} to act for you?`;
  return renderDocument(settings, {
    title: view.error === undefined ? title : `Error: ${title}`,
    width: 'regular',
    main: renderForm(
      view.form,
      'sheet',
      html`${renderEnterGuard()}
${renderAsker(settings, view.client)}
${renderError(view.error, icon('warning'))}
${renderTrust(settings, view.client)}
<div class="stack">${renderAsked(view)}${renderTerms(view)}</div>
${renderDecision({ isCareful: view.client.trust === 'unverified', lifetime: view.lifetime })}`,
    ),
  });
}

function renderAsker(settings: PageSettings, client: ClientView): Markup {
  // An unverified application chose its home page itself, so there is no link.
  const homepage = client.trust === 'unverified' ? raw('') : renderHomepage(client.homepage);
  const key = html`<p class="key" aria-hidden="true">${renderTile(calledOf(client))}${keyBlade()}${mark(settings)}</p>`;
  const address = addressView(client);
  if (address !== undefined) return html`${key}${renderAddressHeading(address)}`;
  return html`${key}
<h1>Allow <strong>${renderName(client.name)}</strong> to act for you?</h1>
<p class="by">${renderPublisher(settings, client)}${homepage}</p>`;
}

function renderPublisher(settings: PageSettings, { publisher, trust }: ClientView): Markup {
  if (publisher === undefined) return raw('');
  // The badge shows the publisher already.
  if (trust === 'first-party' && publisher === settings.serviceName) return raw('');
  return html`<span>${trust === 'unverified' ? 'says it is by' : 'by'} ${renderName(publisher)}</span> `;
}

function renderTerms(view: ConsentView): Markup {
  return html`<dl class="terms">
<div class="row"><dt>Signed in as</dt><dd class="person"><span><bdi>${showName(view.account.name)}</bdi><br><bdi class="soft">${showText(view.account.email)}</bdi></span> <a class="roomy" href="${view.switchAccount}">Not you? Switch account</a></dd></div>
<div class="row"><dt>How long</dt><dd>${renderLifetime(view)}</dd></div>
<div class="row"><dt>Sends you to</dt><dd><bdi class="host">${showText(view.client.returnHost)}</bdi><br><span class="soft">Cancel if you did not come from there.</span></dd></div>
${renderOwnTerms(view.client)}</dl>`;
}
