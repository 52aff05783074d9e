import type { ClientView } from '@keywright/core';
import { html } from 'hono/html';
import { renderName } from './client.ts';
import type { Markup, PageSettings } from './layout.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

/** How far the application may be trusted, in the operator's words and never in the application's own. */
export function renderTrust(settings: PageSettings, client: ClientView): Markup {
  const service = html`<bdi>${showText(settings.serviceName)}</bdi>`;
  if (client.trust === 'first-party') return renderBadge(service);
  return client.trust === 'third-party' ? renderNote(service, client) : renderWarning(service, client);
}

function renderBadge(service: Markup): Markup {
  return html`<p class="badge">${icon('seal')}<span>Made by ${service}</span></p>`;
}

function renderNote(service: Markup, client: ClientView): Markup {
  const who = renderName(client.publisher ?? client.name);
  return html`<p class="note">${icon('note')}<span>Not made by ${service}. What you allow goes to ${who}, under its own terms.</span></p>`;
}

function renderWarning(service: Markup, client: ClientView): Markup {
  return html`<div class="warning">${icon('warning')}<div>
<h2>Nobody has checked this application</h2>
<p>Its name and its publisher are its own words; ${service} does not know who runs it. Go on only if you know <bdi class="host">${showText(client.returnHost)}</bdi> and came from there on purpose.</p>
</div></div>`;
}
