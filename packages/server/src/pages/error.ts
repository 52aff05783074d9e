import type { ErrorView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderGoOn } from './go-on.ts';
import { type Markup, type PageSettings, renderDocument, renderError } from './layout.ts';
import { icon } from './mark.ts';
import { showText } from './text.ts';

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
${renderLeading(view)}<p class="afterthought">Error ${view.status}. If you ask for help, quote the reference.</p></div>`,
  });
}

/** Nobody has checked who is there: so nothing leads there but the person's own hand. */
function renderLeading({ goOn }: ErrorView): Markup {
  if (goOn === undefined) return raw('');
  return html`<p>Nobody has checked the application that sent you here. Go on only if you know its address.</p>${renderGoOn(goOn)}`;
}
