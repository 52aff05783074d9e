/**
 * Texts of others, made fit to be shown. Escaping is the template's work; this keeps a name from posing as
 * something that it is not: by control characters, by turning the reading direction around, or by sheer length.
 */
const unseen = /[\p{Cc}\u061c\u202a-\u202e\u2066-\u2069]/gu;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Longest name that a heading shows: beyond it, a name is a message. In characters as a reader counts them. */
const nameLength = 80;
/** A character with more marks than this is drawn over its neighbours. In code units. */
const characterLength = 16;
/** Each of these is a character as a reader counts them: most names are nothing else, and need no segmenter. */
const ascii = /^[\x20-\x7e]*$/;

/** White space becomes one space, a character that cannot be seen becomes U+FFFD, which can. */
export function showText(text: string): string {
  return showPart(text).trim();
}

/** The same for a part of a sentence, which may begin or end with a space. */
export function showPart(text: string): string {
  return text.toWellFormed().replace(/\s+/gu, ' ').replace(unseen, '\ufffd');
}

/** As `showText`, and cut after 80 characters, with an ellipsis that says so. */
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

/** A text as a program sent it, for its developer: every character that could hide or pose as another stands by its number. Cut after 300. */
export function showCode(text: string): string {
  const shown = Array.from(text.slice(0, longestCode), (one) =>
    /^[\x21-\x7e]$/.test(one) ? one : `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  ).join('');
  return text.length > longestCode ? `${shown}… (${text.length} characters in all)` : shown;
}

/** First letter or digit of a name, for its tile. */
export function initialOf(name: string): string {
  const first = /[\p{L}\p{N}]/u.exec(name)?.[0];
  return first === undefined ? '?' : first.toUpperCase().slice(0, 2);
}
