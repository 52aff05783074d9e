/** A form that the script of the passkeys fills and sends. Without the script it is not shown. */
import type { PasskeyRequestView } from '@keywright/core';
import { html, raw } from 'hono/html';
import type { PageSettings } from './layout.ts';
import type { Markup } from './markup.ts';

export interface PasskeyFormTexts {
  /** The id of the button. */
  readonly id: string;
  readonly className: string;
  readonly button: Markup;
  /** Whether it is what the page is for. */
  readonly isPrimary?: boolean;
  /** The browser has returned nothing: the user declined, or there was no passkey. */
  readonly failed: string;
  /** The authenticator has a passkey of this account. */
  readonly known?: string;
  /** Whether the browser also suggests passkeys in the field for the e-mail address. */
  readonly autofill?: boolean;
}

export function renderPasskeyForm(view: PasskeyRequestView, texts: PasskeyFormTexts): Markup {
  const { id, className, button, isPrimary, failed, known, autofill } = texts;
  const kind = isPrimary === true ? 'primary' : 'secondary';
  const fields = Object.entries({ ...view.form.fields, passkey: '' }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const more = [autofill === true ? raw(' data-autofill') : raw('')];
  const isKnown = known === undefined ? raw('') : html` data-known="${known}"`;
  return html`<form class="${className}" method="post" action="${view.form.action}" data-passkey="${view.options}"${more} hidden>${fields}
<p class="error" role="alert" data-failed="${failed}"${isKnown} hidden></p>
<button class="button ${kind}" id="${id}" type="button">${button}</button></form>`;
}

/** Only on pages with such a form. */
export function renderPasskeyScript({ passkeyScriptUrl }: PageSettings): Markup {
  // Not one template: the bundler replaces a template with this end tag by a call into a package.
  return html`<script src="${passkeyScriptUrl}" defer>${raw('</script>')}`;
}
