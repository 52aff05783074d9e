import type { BrandView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { accentPath, isColour } from './accent.ts';
import { renderTile } from './client.ts';
import { faviconOf, mark, renderLogo } from './mark.ts';
import type { PagesBrand } from './mark.ts';
import { asString, type Markup } from './markup.ts';
import { showText } from './text.ts';

export interface PageSettings {
  /** The operator of this server, as the users know it. */
  readonly serviceName: string;
  readonly stylesheetUrl: string;
  readonly passkeyScriptUrl: string;
  readonly workScriptUrl: string;
  readonly supportUrl?: string | undefined;
  readonly privacyUrl?: string | undefined;
  readonly termsUrl?: string | undefined;
  readonly brand?: PagesBrand | undefined;
  readonly basePath: string;
  readonly homeUrl: string;
  readonly nowSeconds: () => number;
}

export interface Layout {
  readonly title: string;
  /** The width of the sheet: a form, a consent, a list. */
  readonly width: 'narrow' | 'regular' | 'wide';
  /** Next to the name of the service, at the end of the header. */
  readonly aside?: Markup;
  readonly main: Markup;
  /** Of the application at which the sign-in began. */
  readonly brand?: BrandView | undefined;
}

/**
 * A whole document without script and inline style. It must work with `default-src 'none';
 * style-src 'self'`.
 */
export function renderDocument(settings: PageSettings, layout: Layout): string {
  const serviceName = showText(settings.serviceName);
  return asString(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${layout.title} · ${serviceName}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="stylesheet" href="${settings.stylesheetUrl}">${renderAccent(settings, layout.brand)}
${renderFavicon(settings)}
</head>
<body class="${layout.width}">
<header class="masthead">${renderService(settings, layout.brand)}${layout.aside}</header>
<main>${layout.main}</main>
${renderFooter(settings)}
</body>
</html>
`);
}

/** After the style sheet, so that its colours are used. */
function renderAccent({ basePath }: PageSettings, { accent }: BrandView = {}): Markup {
  if (accent === undefined || !isColour(accent)) return raw('');
  return html`
<link rel="stylesheet" href="${basePath}${accentPath({ light: accent })}">`;
}

/** Whose page it is. The name of this server is always shown, also beside another one. */
function renderService(settings: PageSettings, { name, logo }: BrandView = {}): Markup {
  const service = html`<bdi>${showText(settings.serviceName)}</bdi>`;
  if (name === undefined) return html`<p class="service">${mark(settings)}${service}</p>`;
  const picture = logo === undefined ? renderTile(name) : renderLogo(logo);
  return html`<p class="service">${picture}<span class="lockup"><bdi>${showText(name)}</bdi> <span class="soft" id="sign-in-by">Sign-in by ${service}</span></span></p>`;
}

function renderFavicon({ brand }: PageSettings): Markup {
  const { type, url } = faviconOf(brand);
  return html`<link rel="icon" type="${type}" href="${url}">`;
}

/** The operator of this server and its help, in simple words. */
function renderFooter({ supportUrl, privacyUrl, termsUrl }: PageSettings): Markup {
  const links = [
    renderSupport(supportUrl),
    renderPrivacy(privacyUrl),
    renderTerms(termsUrl),
  ].filter((one) => one !== undefined);
  return html`<footer>${links.length === 0 ? raw('') : html`<ul role="list">${links.map((one) => html`<li>${one}</li>`)}</ul>`}</footer>`;
}

function renderSupport(supportUrl: string | undefined): Markup | undefined {
  if (supportUrl === undefined) return undefined;
  const mailbox = supportUrl.startsWith('mailto:') ? supportUrl.slice('mailto:'.length) : undefined;
  return mailbox === undefined
    ? html`<a class="roomy" id="support" href="${supportUrl}">Get help</a>`
    : html`Help: <a class="roomy" id="support" href="${supportUrl}"><bdi>${showText(mailbox)}</bdi></a>`;
}

function renderPrivacy(privacyUrl: string | undefined): Markup | undefined {
  if (privacyUrl === undefined) return undefined;
  return html`<a class="roomy" id="privacy" href="${privacyUrl}">Privacy</a>`;
}

function renderTerms(termsUrl: string | undefined): Markup | undefined {
  if (termsUrl === undefined) return undefined;
  return html`<a class="roomy" id="terms-of-use" href="${termsUrl}">Terms</a>`;
}

/** Every page with a message has the same element. With `alert`, screen readers read it first. */
export function renderError(error: string | undefined, icon: Markup): Markup {
  if (error === undefined) return raw('');
  return html`<p class="error" id="error" role="alert">${icon}<span>${showText(error)}</span></p>`;
}

/** Small and at the end, because most users who mistyped something do not need it. */
export function renderReference(decision: string | undefined): Markup {
  if (decision === undefined) return raw('');
  return html`<p class="afterthought">If you ask for help, quote the reference <code>${showText(decision)}</code>.</p>`;
}
