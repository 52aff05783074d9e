import type { ErrorView } from '@keywright/core';
import { html } from 'hono/html';
import { renderGoOn, renderHome } from './go-on.ts';
import { type PageSettings, renderDocument, renderError } from './layout.ts';
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
${view.goOn === undefined ? renderHome(settings) : renderGoOn(view.goOn)}<p class="afterthought">Error ${view.status}. If you ask for help, quote the reference.</p></div>`,
  });
}
