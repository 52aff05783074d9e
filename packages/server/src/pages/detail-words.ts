import type { DetailView } from '@keywright/core';
import { html, raw } from 'hono/html';
import type { Markup } from './markup.ts';
import { showName, showPart, showText } from './text.ts';

/** The operator's sentence. What the application put into it looks different: no name can go on with the sentence as if it were ours. */
export function renderSentence(description: DetailView['description']): Markup {
  if (description.length === 0) return raw('');
  const words = description.map(({ text, isGiven }) =>
    isGiven ? renderGiven(text) : html`${showPart(text)}`,
  );
  return html`<p>${words}</p>`;
}

export function renderFacts(facts: DetailView['facts']): Markup {
  if (facts.length === 0) return raw('');
  return html`<dl class="facts">${facts.map(
    ({ label, values }) =>
      html`<div><dt><bdi>${showText(label)}</bdi></dt><dd>${values.map((value, place) => html`${place === 0 ? '' : ', '}${renderGiven(value)}`)}</dd></div>`,
  )}</dl>`;
}

/** A stranger's words: whole, as they are agreed to, and in a direction of their own. */
export function renderGiven(text: string): Markup {
  return html`<bdi class="given">${showText(text)}</bdi>`;
}

/** For an accessible name, where the whole would be a speech. */
export function renderShort(text: string): Markup {
  return html`<bdi>${showName(text)}</bdi>`;
}
