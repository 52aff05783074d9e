/**
 * The address of a request as proofs state it (RFC 9449 §4.2, `htu`), normalised so that equivalent
 * addresses are equal.
 */

/** RFC 3986 §2.3: an escape of one of these means the character itself. */
const unreserved = /^[A-Za-z0-9._~-]$/;

/**
 * The address without query and fragment, after the syntax-based and scheme-based normalisation of
 * RFC 3986 §6.2.2 and §6.2.3. Undefined for a text that is no http(s) address, and for parts that
 * readers interpret differently: user names, backslashes, spaces, control characters.
 */
export function targetUriOf(address: string): string | undefined {
  if (!/^https?:\/\/(?!\/)[\x21-\x5b\x5d-\x7e]+$/i.test(address)) return undefined;
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  return url.origin + url.pathname.replace(/%[\da-f]{2}/gi, normalizeEscape);
}

/** RFC 3986 §3.3: `.` and `..`, also as escapes. */
const dotSegment = /\/(?:\.|%2e){1,2}(?:[/?#]|$)/i;

/**
 * Whether a proof that states one address was made for a request at the other (RFC 9449 §4.3 step
 * 9): the addresses are equal, or equivalent (RFC 3986 §6.2.2, §6.2.3). A path with dot segments is
 * equivalent only to itself, because servers route it unchanged.
 */
export function isTarget(stated: string, address: string): boolean {
  if (stated === address) return true;
  const target = targetUriOf(stated);
  return target !== undefined && !dotSegment.test(address) && target === targetUriOf(address);
}

function normalizeEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return unreserved.test(character) ? character : escape.toUpperCase();
}
