import type { PasskeyRemovalView, PasskeysView, PasskeyView, SecurityView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { agoInWords, dateInWords, timestamp } from './date.ts';
import { renderForm } from './form.ts';
import { type PageSettings, renderDocument, renderError, renderReference } from './layout.ts';
import type { Markup } from './markup.ts';
import { icon } from './mark.ts';
import { renderPasskeyForm, renderPasskeyScript } from './passkey-form.ts';
import { renderTotp } from './second-factor.ts';
import { renderSessions } from './sessions.ts';
import { showText } from './text.ts';

/** Everything that the user signs in with. */
export function renderSecurity(settings: PageSettings, view: SecurityView): string {
  return renderDocument(settings, {
    title: view.error === undefined ? 'Sign-in and security' : 'Error: Sign-in and security',
    width: 'regular',
    main: html`<div class="sheet">
<h1>Sign-in and security</h1>
<p class="soft">Signed in as <bdi class="host">${showText(view.account.email)}</bdi></p>
${renderError(view.error, icon('warning'))}
${renderDone(view)}
${view.passkeys === undefined ? raw('') : renderPasskeys(settings, view.passkeys)}
${view.totp === undefined ? raw('') : renderTotp(view.totp)}
<section class="way" aria-labelledby="password-title"><h2 id="password-title">Password</h2>
<p><a class="roomy" href="${view.changePassword}">Change your password</a></p></section>
${renderSessions(view.sessions, settings.nowSeconds())}
<p><a class="roomy" href="${view.back}">Back to your account</a></p>
${renderReference(view.decision)}
${view.passkeys?.add === undefined ? raw('') : renderPasskeyScript(settings)}</div>`,
  });
}

function renderDone({
  passkeyAdded,
  passkeyRenamed,
  passkeyRemoved,
  totpRemoved,
  sessionsEnded,
}: SecurityView): Markup {
  const done = (id: string, content: Markup) =>
    html`<p class="done" id="${id}" role="status">${icon('tick')}<span>${content}</span></p>`;
  const name = (text: string) => html`<bdi>${showText(text)}</bdi>`;
  if (totpRemoved === true)
    return done('totp-removed', html`The authenticator app is removed. Delete it in the app too.`);
  if (sessionsEnded !== undefined) return done('session-ended', renderEnded(sessionsEnded));
  if (passkeyAdded !== undefined)
    return done(
      'passkey-added',
      html`The passkey ${name(passkeyAdded)} is added. You can sign in with it now.`,
    );
  if (passkeyRenamed !== undefined)
    return done('passkey-renamed', html`The passkey is called ${name(passkeyRenamed)} now.`);
  if (passkeyRemoved === undefined) return raw('');
  return done(
    'passkey-removed',
    html`The passkey ${name(passkeyRemoved)} is removed. Delete it on your device too.`,
  );
}

function renderEnded(count: number): Markup {
  const ended = count === 1 ? 'That sign-in has ended.' : `${count} sign-ins have ended.`;
  return html`${ended} Applications keep their access only if you allowed it while you are away.`;
}

function renderPasskeys(settings: PageSettings, view: PasskeysView): Markup {
  const now = settings.nowSeconds();
  return html`<section class="way" aria-labelledby="passkeys-title"><h2 id="passkeys-title">Passkeys</h2>
<p class="soft">A passkey signs you in with your fingerprint, your face or the PIN of your device. Nobody can guess it or steal it with a false page.</p>
${view.items.length === 0 ? html`<p id="no-passkeys">You have no passkey.</p>` : html`<ul class="passkeys" role="list">${view.items.map((passkey, index) => renderPasskey(passkey, index, now))}</ul>`}
${renderAdd(view)}</section>`;
}

function renderPasskey(passkey: PasskeyView, index: number, now: number): Markup {
  const { name, createdAt, lastUsedAt } = passkey;
  const used =
    lastUsedAt === undefined
      ? html`Never used`
      : html`Last used <time datetime="${timestamp(lastUsedAt)}">${agoInWords(lastUsedAt, now)}</time>`;
  const field = `name-${index}`;
  return html`<li class="passkey"><div class="passkey-head"><h3><bdi>${showText(name)}</bdi></h3>${renderKeeping(passkey)}</div>
<p class="soft">Added <time datetime="${timestamp(createdAt)}">${dateInWords(createdAt)}</time> · ${used}</p>
<div class="passkey-foot"><details><summary class="roomy">Rename<span class="spoken"> ${showText(name)}</span></summary>
${renderForm(
  passkey.rename,
  'rename',
  html`<div class="field"><label for="${field}">New name</label>
<input id="${field}" name="name" value="${showText(name)}" maxlength="100" autocomplete="off" required></div>
<button class="button secondary" type="submit">Save</button>`,
)}</details>
<a class="roomy remove-passkey" href="${passkey.remove}">Remove<span class="spoken"> ${showText(name)}</span></a></div></li>`;
}

function renderKeeping({ isSyncable, isBackedUp }: PasskeyView): Markup {
  if (!isSyncable) return html`<span class="tag">On one device</span>`;
  return isBackedUp
    ? html`<span class="tag">Backed up</span>`
    : html`<span class="tag">Not backed up</span>`;
}

function renderAdd({ add, signInAgain, most }: PasskeysView): Markup {
  if (signInAgain !== undefined)
    return html`<p class="soft">To add a passkey, sign in again first. This shows that it is you.</p>
<p><a class="button secondary" id="add-passkey" href="${signInAgain}">Sign in again</a></p>`;
  if (add === undefined)
    return html`<p class="note" id="passkeys-full">${icon('note')}<span>You have ${most} passkeys. Remove one to add another one.</span></p>`;
  return html`${renderPasskeyForm(add, {
    id: 'add-passkey',
    className: 'stack',
    button: html`Add a passkey`,
    failed: 'No passkey was added. Try again when you are ready.',
    known: 'This device has a passkey for your account. You can sign in with it.',
  })}
<p class="note" id="passkeys-impossible" data-without-passkeys>${icon('note')}<span>To add a passkey, allow scripts on this page, and use a browser that knows passkeys.</span></p>`;
}

export function renderPasskeyRemoval(settings: PageSettings, view: PasskeyRemovalView): string {
  const title = 'Remove this passkey?';
  return renderDocument(settings, {
    title: view.error === undefined ? title : `Error: ${title}`,
    width: 'narrow',
    main: html`<div class="sheet">
<h1>${title}</h1>
<p>You cannot sign in with <strong><bdi>${showText(view.name)}</bdi></strong> any more.</p>
<p class="soft">Signed in as <bdi class="host">${showText(view.account.email)}</bdi></p>
${renderError(view.error, icon('warning'))}
${view.isLastWayIn ? renderWarning() : raw('')}
${renderForm(view.form, 'stack', html`${view.isLastWayIn ? renderUnderstood() : raw('')}<button class="button primary" id="remove-passkey" type="submit">Remove the passkey</button>`)}
<p><a class="roomy" href="${view.stay}">Keep the passkey</a></p>
${renderReference(view.decision)}</div>`,
  });
}

function renderWarning(): Markup {
  return html`<div class="warning" id="last-way-in">${icon('warning')}<div><h2>This is the only way to sign in to your account</h2>
<p>Your account has no password and no other passkey. Without this passkey, nobody can sign in to it, not even you. Add another passkey first.</p></div></div>`;
}

function renderUnderstood(): Markup {
  return html`<p class="choice"><label><input type="checkbox" name="understood" value="yes" required> I understand that I cannot sign in any more</label></p>`;
}
