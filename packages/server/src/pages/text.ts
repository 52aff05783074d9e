/**
 * Makes texts of other people safe to show. The templates escape them. This module prevents that a
 * name pretends to be something else, by control characters, by a changed text direction, or by its
 * length.
 */
const unseen = /[\p{Cc}\u061c\u202a-\u202e\u2066-\u2069]/gu;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The longest name in a heading. Counted in characters as a reader sees them. */
const nameLength = 80;
/** A character with more combining marks covers its neighbours. In code units. */
const characterLength = 16;
/**
 * Each of these is one character for a reader. Most names consist of them and need no segmenter.
 */
const ascii = /^[\x20-\x7e]*$/;

/** White space becomes one space. An invisible character becomes U+FFFD, which is visible. */
export function showText(text: string): string {
  return showPart(text).trim();
}

/** The same for a part of a sentence. It may begin or end with a space. */
export function showPart(text: string): string {
  // Most texts need no change, and a page has many.
  if (ascii.test(text) && !text.includes('  ')) return text;
  return text.toWellFormed().replace(/\s+/gu, ' ').replace(unseen, '\ufffd');
}

/** As `showText`, but cut after 80 characters, with an ellipsis. */
export function showName(text: string): string {
  const shown = showText(text.slice(0, 20 * nameLength));
  if (ascii.test(shown))
    return shown.length > nameLength ? `${shown.slice(0, nameLength).trimEnd()}…` : shown;
  let name = '';
  let length = 0;
  for (const { segment } of segmenter.segment(shown)) {
    if (length++ === nameLength) return `${name.trimEnd()}…`;
    name += segment.slice(0, characterLength);
  }
  return name;
}

const longestCode = 300;

/**
 * Shows a text exactly as a program sent it, for the developer. A character that could be invisible
 * or look like another is shown by its number. Cut after 300 characters.
 */
export function showCode(text: string): string {
  const shown = Array.from(text.slice(0, longestCode), (one) =>
    /^[\x21-\x7e]$/.test(one) ? one : `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  ).join('');
  return text.length > longestCode ? `${shown}… (${text.length} characters in all)` : shown;
}

/** The first letter or digit of a name, for its tile. */
export function initialOf(name: string): string {
  const first = /[\p{L}\p{N}]/u.exec(name)?.[0];
  return first === undefined ? '?' : first.toUpperCase().slice(0, 2);
}
