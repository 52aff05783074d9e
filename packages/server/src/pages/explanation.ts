import type { ExplanationView } from '@keywright/core';
import { html, raw } from 'hono/html';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument } from './layout.ts';
import { showPart, showText } from './text.ts';

/** The page at `error_uri`, for the developer of the application that was refused. */
export function renderExplanation(settings: PageSettings, view: ExplanationView): string {
  const { error, isChoice } = view;
  return renderDocument(settings, {
    title: `About the error ${showText(view.reason)}`,
    width: 'regular',
    main: html`<div class="sheet"><h1>Why the request was refused</h1>
<p><strong>${showText(view.text)}</strong></p>
<p>${
      isChoice === true
        ? 'An application asked for access. Its request has no error.'
        : 'An application sent this request. If you only use the application, tell its developers.'
    }</p>
<dl class="terms">
<div class="row"><dt>${isChoice === true ? 'What to do' : 'What to check'}</dt><dd>${view.advice.map(renderPart)}</dd></div>
<div class="row"><dt>Reason</dt><dd><code>${showText(view.reason)}</code></dd></div>
${renderRow('Error code', error)}${renderStatus(view.status)}<div class="row"><dt>Specification</dt><dd>${showText(view.section)}</dd></div>
${renderRow('Reference', view.decision)}</dl>
${renderHelp(view.decision)}</div>`,
  });
}

function renderRow(label: string, code: string | undefined): Markup {
  if (code === undefined) return raw('');
  return html`<div class="row"><dt>${label}</dt><dd><code>${showText(code)}</code></dd></div>
`;
}

function renderStatus(status: number | undefined): Markup {
  if (status === undefined) return raw('');
  return html`<div class="row"><dt>Status</dt><dd>${status}</dd></div>
`;
}

function renderHelp(decision: string | undefined): Markup {
  if (decision === undefined) return raw('');
  return html`<p class="afterthought">If you ask the operators of this server for help, quote the reference. They find the refusal in the log with <code>keywright why ${showText(decision)}</code>.</p>`;
}

function renderPart({ text, isCode }: ExplanationView['advice'][number]): Markup {
  return isCode ? html`<code>${showText(text)}</code>` : html`${showPart(text)}`;
}
