import type { ErrorView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderGoOn, renderHome } from './go-on.ts';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument, renderError } from './layout.ts';
import { icon } from './mark.ts';
import { showCode, showText } from './text.ts';

export function renderErrorPage(settings: PageSettings, view: ErrorView): string {
  const title = showText(view.title);
  return renderDocument(settings, {
    title,
    width: 'narrow',
    main: html`<div class="sheet"><h1>${title}</h1>
${renderError(view.text, icon('warning'))}
<dl class="terms">
<div class="row"><dt>Reason</dt><dd><code>${showText(view.reason)}</code></dd></div>
<div class="row"><dt>Reference</dt><dd><code>${showText(view.decision)}</code></dd></div>
</dl>
${renderCame(view.came)}
${view.goOn === undefined ? renderHome(settings) : renderGoOn(view.goOn)}<p class="afterthought">Error ${view.status}. If you ask for help, quote the reference.</p></div>`,
  });
}

/**
 * RFC 6749 §3.1.2.4: the address is shown, and there is no redirect. The registered addresses are
 * not shown, because everybody can open this page.
 */
function renderCame(came: ErrorView['came']): Markup {
  if (came === undefined) return raw('');
  if (came.redirectUri === undefined) return renderUnknown(came.clientId);
  return html`<section class="developer" id="developer"><h2>For the developer</h2>
<p>The client <code>${showCode(came.clientId)}</code> sent this <code>redirect_uri</code>, which is not registered for it:</p>
<p><code class="sent" id="redirect-uri">${showCode(came.redirectUri)}</code></p>
<p class="soft">Register exactly this address, or send a registered one. Scheme, host, port, path and a slash at the end must be the same. Characters other than ASCII are shown as <code>\\u{…}</code>.</p></section>`;
}

/**
 * The page is the same if the client does not exist, is disabled, or has no redirect URI. The log
 * tells the operator which case it is.
 */
function renderUnknown(clientId: string): Markup {
  return html`<section class="developer" id="developer"><h2>For the developer</h2>
<p>The request names this <code>client_id</code>, which cannot be used here:</p>
<p><code class="sent" id="client-id">${showCode(clientId)}</code></p>
<p class="soft">Compare it with the <code>client_id</code> that you received, and check that it was registered at this server. If both are right, ask the operators. The client may be disabled, or may have no redirect URI. Characters other than ASCII are shown as <code>\\u{…}</code>.</p></section>`;
}
