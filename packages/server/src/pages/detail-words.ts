import type { DetailView } from '@keywright/core';
import { html, raw } from 'hono/html';
import type { Markup } from './markup.ts';
import { showName, showPart, showText } from './text.ts';

/**
 * The sentence of the operator. Values of the application look different, so that a value cannot
 * continue the sentence.
 */
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

/**
 * A value of the application: complete, because the user agrees to it, and with its own text
 * direction.
 */
export function renderGiven(text: string): Markup {
  return html`<bdi class="given">${showText(text)}</bdi>`;
}

/** A short form for an accessible name. */
export function renderShort(text: string): Markup {
  return html`<bdi>${showName(text)}</bdi>`;
}
