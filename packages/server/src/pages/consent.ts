import type { ClientView, ConsentView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderHomepage, renderName, renderTile } from './client.ts';
import { renderScopeGroups } from './consent-scopes.ts';
import { renderTrust } from './consent-trust.ts';
import { daysInWords } from './date.ts';
import { renderForm } from './form.ts';
import { type Markup, type PageSettings, renderDocument, renderError } from './layout.ts';
import { icon, keyBlade, mark } from './mark.ts';
import { showName, showText } from './text.ts';

export function renderConsent(settings: PageSettings, view: ConsentView): string {
  const title = `Allow ${showName(view.client.name)} to act for you?`;
  return renderDocument(settings, {
    title: view.error === undefined ? title : `Error: ${title}`,
    width: 'regular',
    main: html`<div class="sheet">
${renderAsker(settings, view.client)}
${renderError(view.error, icon('warning'))}
${renderTrust(settings, view.client)}
${renderForm(view.form, 'stack', html`${renderEnterGuard()}${renderScopeGroups(view)}${renderTerms(view)}${renderDecision(view)}`)}
</div>`,
  });
}

function renderAsker(settings: PageSettings, client: ClientView): Markup {
  // An unverified application's home page is its own word: no link leads there.
  const homepage = client.trust === 'unverified' ? raw('') : renderHomepage(client.homepage);
  return html`<p class="key" aria-hidden="true">${renderTile(client.name)}${keyBlade()}${mark()}</p>
<h1>Allow <strong>${renderName(client.name)}</strong> to act for you?</h1>
<p class="by">${renderPublisher(settings, client)}${homepage}</p>`;
}

function renderPublisher(settings: PageSettings, { publisher, trust }: ClientView): Markup {
  if (publisher === undefined) return raw('');
  // The badge says it already.
  if (trust === 'first-party' && publisher === settings.serviceName) return raw('');
  return html`<span>${trust === 'unverified' ? 'says it is by' : 'by'} ${renderName(publisher)}</span> `;
}

/**
 * A form's first submit button is what Enter presses on a tick box (HTML, implicit submission), and nobody should
 * agree or refuse that way. So the first one does nothing: outside of a dialog, the method `dialog` sends no form.
 * A disabled button would not do, Chromium passes over it; nor one that is not drawn, older Safari passes over that.
 */
function renderEnterGuard(): Markup {
  return html`<button class="enter-guard" type="submit" formmethod="dialog" tabindex="-1" aria-hidden="true"></button>`;
}

function renderTerms(view: ConsentView): Markup {
  return html`<dl class="terms">
<div class="row"><dt>Signed in as</dt><dd class="person"><span><bdi>${showName(view.account.name)}</bdi><br><bdi class="soft">${showText(view.account.email)}</bdi></span> <a class="roomy" href="${view.switchAccount}">Not you? Switch account</a></dd></div>
<div class="row"><dt>How long</dt><dd>${renderLifetime(view)}</dd></div>
<div class="row"><dt>Sends you to</dt><dd><bdi class="host">${showText(view.client.returnHost)}</bdi><br><span class="soft">Cancel if you did not come from there.</span></dd></div>
</dl>`;
}

function renderLifetime({ lifetime }: ConsentView): string {
  if (lifetime === undefined) return 'Once, for a short while. For more, it has to ask you again.';
  const end = daysInWords(lifetime.absoluteDays);
  if (lifetime.idleDays >= lifetime.absoluteDays)
    return `Until you take it back. It ends after ${end} in any case.`;
  return `Until you take it back. It also ends after ${daysInWords(lifetime.idleDays)} without use, and after ${end} in any case.`;
}

/** Both answers are equally large; the one to think twice about is never the prominent one. */
function renderDecision({ client }: ConsentView): Markup {
  const unverified = client.trust === 'unverified';
  const [allowStyle, denyStyle] = unverified ? ['secondary', 'primary'] : ['primary', 'secondary'];
  const allow = html`<button class="button ${allowStyle}" id="allow" name="decision" value="allow" type="submit">${unverified ? 'Allow anyway' : 'Allow'}</button>`;
  const deny = html`<button class="button ${denyStyle}" id="deny" name="decision" value="deny" type="submit">Cancel</button>`;
  return html`<div class="decision">${unverified ? [deny, allow] : [allow, deny]}</div>
<p class="afterthought">You can take this back at any time, on your account page.</p>`;
}
