/** Renders a mail as text and as HTML. Both say the same. */
import type { Mail } from '@keywright/core';
import { html, raw } from 'hono/html';
import { accentTokens } from '../pages/accent.ts';
import { type PagesPicture, sizeOfLogo } from '../pages/mark.ts';
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
  { serviceName, supportUrl }: MailSettings,
): string {
  const list = facts.map(([name, value]) => `  ${name}: ${showText(value)}`).join('\n');
  return [
    greeting,
    first,
    ...(list === '' ? [] : [list]),
    ...rest,
    ...(link === undefined ? [] : [`${link.text}:\n${link.url}`]),
    [
      '-- ',
      showText(serviceName),
      ...(supportUrl === undefined ? [] : [contactOf(supportUrl)]),
    ].join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}

/** As a person writes it. */
function contactOf(supportUrl: string): string {
  return supportUrl.replace(/^mailto:/, '');
}

/**
 * Styles stand at the elements, because mail programs remove style sheets. The only picture is the
 * logo, at the same address for everybody, so that opening the mail tells nobody who opened it.
 */
function renderHtml(
  greeting: string,
  { subject, paragraphs: [first = '', ...rest], facts, link }: MailWords,
  settings: MailSettings,
): string {
  const { serviceName, brand } = settings;
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
<p style="margin:0 0 24px;font-weight:600">${renderLogo(brand?.logo)}${service}</p>
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">${showText(subject)}</h1>
${paragraph(greeting)}
${paragraph(first)}
${renderFacts(facts)}
${rest.map(paragraph)}
${link === undefined ? raw('') : html`<p style="margin:24px 0"><a href="${link.url}" style="display:inline-block;padding:12px 20px;border-radius:8px;${raw(buttonStyle(settings))};text-decoration:none;font-weight:600">${link.text}</a></p>`}
${renderSender(settings)}
</div>
</body>
</html>
`;
  return asString(document);
}

/** On white, because it may be dark, and mail programs with dark pages show it as well. */
function renderLogo(logo: PagesPicture | undefined): Markup {
  if (logo === undefined) return raw('');
  const [width, height] = sizeOfLogo(logo);
  return html`<img src="${logo.url}" alt="" width="${width}" height="${height}" style="border-radius:4px;background:#ffffff"><br>`;
}

/** The same in light and dark, because mail programs change colours in their own ways. */
function buttonStyle({ brand }: MailSettings): string {
  const light = brand?.accent?.light ?? '#0d5c4a';
  const { button, 'button-line': line, 'on-button': text } = accentTokens({ light }, 'light');
  return `background:${button};border:1px solid ${line};color:${text}`;
}

function renderSender({ serviceName, supportUrl }: MailSettings): Markup {
  if (supportUrl === undefined) return raw('');
  return html`<p style="margin:32px 0 0;font-size:14px;opacity:.75">${showText(serviceName)} · <a href="${supportUrl}" style="color:inherit"><bdi>${showText(contactOf(supportUrl))}</bdi></a></p>`;
}

function renderFacts(facts: MailWords['facts']): Markup {
  if (facts.length === 0) return raw('');
  return html`<table role="presentation" style="margin:0 0 16px;border-collapse:collapse">${facts.map(
    ([name, value]) =>
      html`<tr><td style="padding:4px 16px 4px 0;opacity:.75">${name}</td><td style="padding:4px 0"><bdi>${showText(value)}</bdi></td></tr>`,
  )}</table>`;
}
