/** Renders a mail as text and as HTML. Both say the same. */
import type { Mail } from '@keywright/core';
import { html, raw } from 'hono/html';
import { asString, type Markup } from '../pages/markup.ts';
import { showName, showText } from '../pages/text.ts';
import { type MailSettings, type MailWords, wordsOf } from './words.ts';

export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export function renderMail(mail: Mail, settings: MailSettings): Message {
  const words = wordsOf(mail, settings);
  const greeting = `Hello ${showName(mail.name)},`;
  return {
    subject: showText(words.subject),
    text: renderText(greeting, words, settings),
    html: renderHtml(greeting, words, settings),
  };
}

function renderText(
  greeting: string,
  { paragraphs: [first = '', ...rest], facts, link }: MailWords,
  { serviceName }: MailSettings,
): string {
  const list = facts.map(([name, value]) => `  ${name}: ${showText(value)}`).join('\n');
  return [
    greeting,
    first,
    ...(list === '' ? [] : [list]),
    ...rest,
    ...(link === undefined ? [] : [`${link.text}:\n${link.url}`]),
    `-- \n${showText(serviceName)}`,
  ]
    .join('\n\n')
    .concat('\n');
}

/**
 * Styles stand at the elements, because mail programs remove style sheets. Without a picture and
 * without an address from elsewhere, so that opening the mail tells nobody anything.
 */
function renderHtml(
  greeting: string,
  { subject, paragraphs: [first = '', ...rest], facts, link }: MailWords,
  { serviceName }: MailSettings,
): string {
  const service = showText(serviceName);
  const paragraph = (text: string) => html`<p style="margin:0 0 16px">${text}</p>`;
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${showText(subject)}</title>
</head>
<body style="margin:0;padding:24px 12px;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Arial,sans-serif">
<div style="max-width:560px;margin:0 auto">
<p style="margin:0 0 24px;font-weight:600">${service}</p>
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">${showText(subject)}</h1>
${paragraph(greeting)}
${paragraph(first)}
${renderFacts(facts)}
${rest.map(paragraph)}
${link === undefined ? raw('') : html`<p style="margin:24px 0"><a href="${link.url}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#0d5c4a;color:#ffffff;text-decoration:none;font-weight:600">${link.text}</a></p>`}
</div>
</body>
</html>
`;
  return asString(document);
}

function renderFacts(facts: MailWords['facts']): Markup {
  if (facts.length === 0) return raw('');
  return html`<table role="presentation" style="margin:0 0 16px;border-collapse:collapse">${facts.map(
    ([name, value]) =>
      html`<tr><td style="padding:4px 16px 4px 0;opacity:.75">${name}</td><td style="padding:4px 0"><bdi>${showText(value)}</bdi></td></tr>`,
  )}</table>`;
}
