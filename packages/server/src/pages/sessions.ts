/** The part of the security page that shows where the user is signed in. */
import type { FormView, SessionsView, SessionView } from '@keywright/core';
import { html, raw } from 'hono/html';
import { browserOf } from './browser.ts';
import { agoInWords, timeInWords, timestamp } from './date.ts';
import { renderForm } from './form.ts';
import type { Markup } from './markup.ts';
import { showText } from './text.ts';

export function renderSessions(view: SessionsView, now: number): Markup {
  const { current, others, endOthers } = view;
  return html`<section class="way" aria-labelledby="sessions-title"><h2 id="sessions-title">Where you are signed in</h2>
<p class="soft">If you do not know one of these, end it and change your password.</p>
<ul class="sessions" id="sessions" role="list">${renderSession(current, now, html`<span class="tag" id="this-session">This browser</span>`, renderSignOut(view))}
${others.map((other, index) => renderSession(other, now, raw(''), renderEnd(other, other.end, index)))}</ul>
${view.hasMore ? html`<p class="soft" id="more-sessions">Older ones are not shown. You can end them with all others.</p>` : raw('')}
${endOthers === undefined ? raw('') : renderForm(endOthers, 'stack', html`<button class="button secondary" id="end-other-sessions" type="submit">Sign out everywhere else</button>`)}</section>`;
}

/** A script that presses `end-session` ends another one if there is another one. */
function renderSignOut({ others, signOut }: SessionsView): Markup {
  const id = others.length === 0 ? 'end-session' : 'end-this-session';
  return renderForm(
    signOut,
    'inline',
    html`<button class="button secondary" id="${id}" type="submit">Sign out</button>`,
  );
}

function renderSession(session: SessionView, now: number, tag: Markup, form: Markup): Markup {
  const { signedInAt, lastSeenAt, network } = session;
  const from = network === undefined ? raw('') : html`<bdi>${showText(network)}</bdi> · `;
  return html`<li class="session"><div><h3>${nameOf(session)}${tag}</h3>
<p class="soft">${from}Last seen <time datetime="${timestamp(lastSeenAt)}">${agoInWords(lastSeenAt, now)}</time><br>
Signed in <time datetime="${timestamp(signedInAt)}">${timeInWords(signedInAt)}</time></p></div>
${form}</li>`;
}

/** The buttons look alike. Each has its own name for screen readers. */
function renderEnd(session: SessionView, form: FormView, index: number): Markup {
  const id = index === 0 ? 'end-session' : `end-session-${index + 1}`;
  const ago = timeInWords(session.signedInAt);
  return renderForm(
    form,
    'inline',
    html`<button class="button secondary end-session" id="${id}" type="submit">End<span class="spoken"> the sign-in with ${nameOf(session)} of ${ago}</span></button>`,
  );
}

function nameOf({ userAgent }: SessionView): string {
  if (userAgent === '') return 'An application or an unknown browser';
  const name = browserOf(userAgent ?? '');
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}
