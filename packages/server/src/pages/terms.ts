/** The page for the terms of use after a sign-in, and what the account page says about them. */
import type { AccountView, TermsView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderPurpose } from './client.ts';
import { dateInWords, timestamp } from './date.ts';
import { renderForm } from './form.ts';
import { type PageSettings, renderDocument } from './layout.ts';
import type { Markup } from './markup.ts';
import { showText } from './text.ts';

export function renderTermsPage(settings: PageSettings, view: TermsView): string {
  const title = view.isChanged ? 'Our terms of use have changed' : 'Accept our terms of use';
  const service = showText(settings.serviceName);
  return renderDocument(settings, {
    brand: view.brand,
    title,
    width: 'narrow',
    main: html`<div class="sheet">
<h1>${title}</h1>
${renderPurpose(view.client)}
<p class="soft">Signed in as <bdi class="host">${showText(view.account.email)}</bdi></p>
<p>Read the <a href="${view.terms.url}" target="_blank" rel="noopener">terms of use</a> of <bdi>${service}</bdi>, version <bdi>${showText(view.terms.version)}</bdi>, and accept them to go on.</p>
${renderForm(view.form, 'stack', html`<button class="button primary" id="accept" type="submit">I accept the terms of use</button>`)}
${renderWayOut(view)}
</div>`,
  });
}

function renderWayOut({ refuse, later }: TermsView): Markup {
  if (refuse !== undefined)
    return renderForm(
      refuse,
      'stack refusal',
      html`<button class="button secondary" id="deny" type="submit">Cancel</button>`,
    );
  if (later === undefined) return raw('');
  return html`<p><a class="roomy" id="later" href="${later}">Not now, go to my account</a></p>`;
}

/** At the end of the account page. */
export function renderAccepted({ terms }: AccountView): Markup {
  if (terms === undefined) return raw('');
  const { url, accepted, accept } = terms;
  const link = html`<a href="${url}" target="_blank" rel="noopener">terms of use</a>`;
  const said =
    accepted === undefined
      ? html`You have not accepted the ${link} yet.`
      : html`You accepted the ${link}, version <bdi>${showText(accepted.version)}</bdi>, on <time datetime="${timestamp(accepted.at)}">${dateInWords(accepted.at)}</time>.`;
  const offer =
    accept === undefined
      ? raw('')
      : html` <a class="roomy" id="accept-terms" href="${accept}">Accept version <bdi>${showText(terms.version)}</bdi></a>`;
  return html`<p class="afterthought" id="terms-accepted">${said}${offer}</p>`;
}
