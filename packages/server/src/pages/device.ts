import type { DeviceCodeView, DeviceConfirmationView, DeviceDoneView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { renderHomepage, renderName, renderTile } from './client.ts';
import { renderDecision, renderEnterGuard, renderLifetime } from './consent-decision.ts';
import { renderAsked } from './consent-asked.ts';
import { renderTrust } from './consent-trust.ts';
import { agoInWords, timestamp } from './date.ts';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import { type PageSettings, renderDocument, renderError, renderReference } from './layout.ts';
import { icon, keyBlade, mark } from './mark.ts';
import { showName, showText } from './text.ts';

export function renderDeviceCode(settings: PageSettings, view: DeviceCodeView): string {
  return renderDocument(settings, {
    title: view.error === undefined ? 'Connect a device' : 'Error: Connect a device',
    width: 'narrow',
    main: html`<div class="sheet">
<h1>Connect a device</h1>
<p>${renderPrompt(view)}</p>
${renderError(view.error, icon('warning'))}
${renderForm(view.form, 'stack', renderCodeField(view))}
<p><a class="roomy" id="stay" href="${view.stay}">Do not connect a device</a></p>
<p class="promise">${icon('warning')}<span>Only for a device in front of you. If somebody sent you a code or a link to this page, close it.</span></p>
<p class="afterthought">Signed in as <bdi>${showText(view.account.email)}</bdi>. <a class="roomy" href="${view.switchAccount}">Not you? Switch account</a></p>
${renderReference(view.decision)}</div>`,
  });
}

function renderPrompt({ userCode, error }: DeviceCodeView): string {
  if (userCode === '' || error !== undefined) return 'Enter the code that your device shows.';
  return 'Does your device show exactly this code? Then continue.';
}

/**
 * Large and spaced, as on the device, because users compare the two codes character by character.
 */
function renderCodeField({ userCode, error }: DeviceCodeView): Markup {
  const described = error === undefined ? raw('') : raw(' aria-describedby="error"');
  const focus = userCode === '' || error !== undefined ? raw(' autofocus') : raw('');
  return html`
<div class="field code-field"><label for="user-code">Code</label>
<input id="user-code" name="user_code" type="text" value="${showText(userCode)}" placeholder="XXXX-XXXX" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="40" required${described}${focus}></div>
<button class="button primary" id="continue" type="submit">Continue</button>`;
}

export function renderDeviceConfirmation(
  settings: PageSettings,
  view: DeviceConfirmationView,
): string {
  const { client } = view;
  return renderDocument(settings, {
    title: `Allow a device with ${showName(client.name)} to act for you?`,
    width: 'regular',
    main: renderForm(
      view.form,
      'sheet',
      html`${renderEnterGuard()}
<p class="key" aria-hidden="true">${renderTile(client.name)}${keyBlade()}${mark(settings)}</p>
<h1>Allow a device with <strong>${renderName(client.name)}</strong> to act for you?</h1>
<p class="by">${client.publisher === undefined ? raw('') : html`<span>by ${renderName(client.publisher)}</span> `}${renderHomepage(client.homepage)}</p>
${renderTrust(settings, client)}
${renderOtherDevice(view)}
<div class="stack">${renderAsked(view)}${renderFacts(settings, view)}</div>
${renderDecision({ isCareful: !view.isSameNetwork, lifetime: view.lifetime })}`,
    ),
  });
}

/** RFC 8628 §5.4: a user who got the code from an attacker sees here what it would do. */
function renderOtherDevice(view: DeviceConfirmationView): Markup {
  return html`<div class="warning">${icon('warning')}<div>
<h2>You would allow another device, not this browser</h2>
<p>Allow only if that device is yours or in front of you, and shows <bdi class="host">${showText(view.userCode)}</bdi>. If somebody sent you this code or link, that person would get access to your account.</p>
</div></div>`;
}

function renderFacts(settings: PageSettings, view: DeviceConfirmationView): Markup {
  const asked = html`<time datetime="${timestamp(view.askedAt)}">${agoInWords(view.askedAt, settings.nowSeconds())}</time>`;
  return html`<dl class="terms">
<div class="row"><dt>Signed in as</dt><dd><bdi>${showName(view.account.name)}</bdi><br><bdi class="soft">${showText(view.account.email)}</bdi></dd></div>
<div class="row"><dt>It asked</dt><dd>${asked}, from the network <bdi class="host">${showText(view.network)}</bdi><br>${renderNetwork(view.isSameNetwork)}</dd></div>
<div class="row"><dt>How long</dt><dd>${renderLifetime(view)}</dd></div>
</dl>`;
}

function renderNetwork(isSameNetwork: boolean): Markup {
  return isSameNetwork
    ? html`<span class="soft">You use the same network now.</span>`
    : html`<span class="caution">This is not your network. Are you sure that it is your device?</span>`;
}

export function renderDeviceDone(
  settings: PageSettings,
  { name, approved }: DeviceDoneView,
): string {
  const title = approved ? 'Your device is connected' : 'The device gets no access';
  return renderDocument(settings, {
    title,
    width: 'narrow',
    main: html`<div class="sheet" id="${approved ? 'connected' : 'declined'}"><h1>${title}</h1>
${
  approved
    ? html`<p>${renderName(name)} continues by itself within seconds. You can close this page.</p>
<p class="soft">If that was a mistake, take the access back on your account page now.</p>`
    : html`<p>${renderName(name)} was informed that you declined. You can close this page.</p>`
}</div>`,
  });
}
