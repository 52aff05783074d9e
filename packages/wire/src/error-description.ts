/** `error_description` and its characters (RFC 6749 §5.2, RFC 6750 §3). */

declare const isPlain: unique symbol;

/**
 * A text that has only the characters %x20-21, %x23-5B and %x5D-7E. Only `toErrorDescription` makes
 * it.
 */
export type ErrorDescription = string & { readonly [isPlain]: true };

/**
 * A description may be part of an address. Some proxies limit an address and all headers to 4 KiB.
 */
const longest = 1000;

/**
 * Makes a description of any text. Quotation marks become apostrophes. Any other character that is
 * not allowed becomes its code point, as in `<U+00E9>`. A text over 1,000 characters is cut.
 */
export function toErrorDescription(text: string): ErrorDescription {
  const plain = text
    .slice(0, longest)
    .replace(/["‘’“”]/g, "'")
    .replace(/[^\x20\x21\x23-\x5B\x5D-\x7E]/gu, named);
  return plain.slice(0, longest) as ErrorDescription;
}

function named(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  return `<U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}>`;
}
