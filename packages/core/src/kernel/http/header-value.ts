/**
 * Builds header values from parts. A part that contains a delimiter would end early and begin
 * another part. So such a part throws, and the answer is a fault.
 */

/**
 * Returns the part unchanged. Throws if it has a delimiter, or anything except visible ASCII and
 * spaces.
 */
export function headerPart(part: string, delimiters: string): string {
  const isPlain =
    /^[\x20-\x7e]*$/.test(part) && !Array.from(delimiters).some((one) => part.includes(one));
  if (!isPlain) throw new TypeError('A part of a header value contains a delimiter.');
  return part;
}

/** RFC 9110 §5.6.4: a quoted string without escapes. */
export function quoted(text: string): string {
  return `"${headerPart(text, '"\\')}"`;
}

/** Directives with their sources (CSP3 §2.2). A directive without sources is left out. */
export type ContentPolicy = Readonly<Record<string, readonly string[]>>;

/** CSP3 §2.3.1: a source contains no space. `;` ends a directive, and `,` a policy (§2.2). */
export function renderPolicy(policy: ContentPolicy): string {
  return Object.entries(policy)
    .filter(([, sources]) => sources.length > 0)
    .map(([name, sources]) => [name, ...sources].map((part) => headerPart(part, ' ;,')).join(' '))
    .join('; ');
}
