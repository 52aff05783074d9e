import type { ClientView, SignInView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { calledOf, renderName, renderPurpose } from './client.ts';
import { renderSignInTrust } from './consent-trust.ts';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument, renderError, renderReference } from './layout.ts';
import { icon } from './mark.ts';
import { renderPasskeyForm, renderPasskeyScript } from './passkey-form.ts';
import { showText } from './text.ts';
import { renderWork, renderWorkScript } from './work.ts';

export function renderSignIn(settings: PageSettings, view: SignInView): string {
  return renderDocument(settings, {
    brand: view.brand,
    title: view.error === undefined ? 'Sign in' : 'Error: Sign in',
    width: 'narrow',
    main: html`<div class="sheet">
<h1>Sign in</h1>
${renderPurpose(view.client)}
${view.client === undefined ? raw('') : renderSignInTrust(settings, view.client)}
${renderError(view.error, icon('warning'))}
${renderForm(view.form, 'stack', renderCredentials(view))}
${renderPasskey(view)}
${renderRefusal(view)}
${renderOtherWays(view)}
${view.client === undefined ? raw('') : renderPromise(settings, view.client)}
${renderReference(view.decision)}
${view.passkey === undefined ? raw('') : renderPasskeyScript(settings)}${renderWorkScript(settings, view)}</div>`,
  });
}

/** The cursor starts at the first empty or wrong field. */
function renderCredentials(view: SignInView): Markup {
  const email = showText(view.email);
  const described = view.error === undefined ? raw('') : raw(' aria-describedby="error"');
  // WebAuthn §5.1.4: the field in whose suggestions the browser lists passkeys.
  const username = view.passkey === undefined ? 'username' : 'username webauthn';
  const [atEmail, atPassword] =
    email === '' ? [raw(' autofocus'), raw('')] : [raw(''), raw(' autofocus')];
  return html`
<div class="field"><label for="email">E-mail address</label>
<input id="email" name="email" type="email" value="${email}" autocomplete="${username}" autocapitalize="none" spellcheck="false" maxlength="254" required${described}${atEmail}></div>
<div class="field"><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required${described}${atPassword}></div>
${renderWork(view)}
<button class="button primary" id="signin" type="submit">Sign in</button>`;
}

function renderOtherWays({ recover, signUp }: SignInView): Markup {
  const ways = [
    ...(recover === undefined
      ? []
      : [html`<a class="roomy" id="recover" href="${recover}">Forgot your password?</a>`]),
    ...(signUp === undefined
      ? []
      : [html`<a class="roomy" id="sign-up" href="${signUp}">Create an account</a>`]),
  ];
  return ways.length === 0
    ? raw('')
    : html`<ul class="ways" role="list">${ways.map((way) => html`<li>${way}</li>`)}</ul>`;
}

/** A second way, below the first: without scripts, and in old browsers, it is not shown. */
function renderPasskey({ passkey, error }: SignInView): Markup {
  if (passkey === undefined) return raw('');
  return renderPasskeyForm(passkey, {
    id: 'passkey',
    className: 'stack other-way',
    button: html`Sign in with a passkey`,
    failed: 'No passkey was used. Try again, or sign in with your password.',
    // After a refusal only the button: a device that answers by itself would try without end.
    autofill: error === undefined,
  });
}

/** A separate form, so that the typed values are not sent. */
function renderRefusal({ client, refuse }: SignInView): Markup {
  if (client === undefined || refuse === undefined) return raw('');
  const back = html`<span class="spoken"> and go back to ${renderName(calledOf(client))}</span>`;
  return renderForm(
    refuse,
    'stack refusal',
    html`<button class="button secondary" id="deny" type="submit">Cancel${back}</button>`,
  );
}

function renderPromise(settings: PageSettings, client: ClientView): Markup {
  return html`<p class="promise">${icon('lock')}<span>Your password stays with <bdi>${showText(settings.serviceName)}</bdi>. ${renderName(calledOf(client))} never sees it.</span></p>`;
}
