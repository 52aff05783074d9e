/**
 * Header values that are made of parts. A part that holds what separates parts would end itself and begin another, so it
 * is never written: anyone who passes one gets an error, and the answer is a fault.
 */

/** The part as it is. Throws where it holds a delimiter, or anything but visible ASCII and spaces. */
export function headerPart(part: string, delimiters: string): string {
  const isPlain = /^[\x20-\x7e]*$/.test(part) && !Array.from(part).some((one) => delimiters.includes(one));
  if (!isPlain) throw new TypeError('A part of a header value holds a delimiter.');
  return part;
}

/** RFC 9110 §5.6.4: a quoted string without escapes. */
export function quoted(text: string): string {
  return `"${headerPart(text, '"\\')}"`;
}

/** Directives with their sources (CSP3 §2.2). One without sources is left out. */
export type ContentPolicy = Readonly<Record<string, readonly string[]>>;

/** CSP3 §2.3.1: sources hold no space; `;` ends a directive, and `,` a policy (§2.2). */
export function renderPolicy(policy: ContentPolicy): string {
  return Object.entries(policy)
    .filter(([, sources]) => sources.length > 0)
    .map(([name, sources]) => [name, ...sources].map((part) => headerPart(part, ' ;,')).join(' '))
    .join('; ');
}
