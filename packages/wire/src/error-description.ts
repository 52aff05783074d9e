/** `error_description` and what may stand in it (RFC 6749 §5.2, RFC 6750 §3). */

declare const isPlain: unique symbol;

/** Text of the characters %x20-21, %x23-5B and %x5D-7E alone. Only `toErrorDescription` makes it. */
export type ErrorDescription = string & { readonly [isPlain]: true };

/** It may travel in an address, which some proxies hold to 4 KiB with all its headers. */
const longest = 1000;

/**
 * Any text as a description. Quotation marks become apostrophes; any other character that must not
 * stand there becomes its code point, as in `<U+00E9>`. What is longer than 1,000 characters is cut.
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
