/**
 * Addresses that clients give. URL parsers accept hosts that are not DNS names, such as
 * `x.example;frame-ancestors`, and correct the text. Copied into a content policy, a header or a
 * log, such a host would be read as syntax. So a host must follow RFC 3986 §3.2.2 and RFC 1123
 * §2.1.
 */
const longest = 2000;
/**
 * Letters, digits and hyphens between dots (an international name in its xn-- form), or an IPv6
 * literal.
 */
const plainHost = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*\.?|\[[0-9a-f:.]+\])$/i;
/** For a private-use scheme, which does not use DNS: `com.example.app://signed_in`. */
const privateHost = /^[a-z0-9._-]*$/i;
const authority = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@\\]*@)?([^/?#\\]*?)(?::[0-9]*)?(?:[/?#]|$)/i;

/** Whether the host of an address is valid, or there is no `//` and so no host. Pure. */
export function hasPlainHost(address: string): boolean {
  const [, host = ''] = authority.exec(address) ?? [];
  return /^https?:/i.test(address)
    ? plainHost.test(host) && URL.parse(address) !== null
    : privateHost.test(host);
}

/**
 * Undefined unless it is an https URL of visible ASCII with a plain host, without a user, of at
 * most 2000 characters.
 */
export function parseHttpsAddress(address: string): URL | undefined {
  if (address.length > longest || !/^https:\/\/[\x21-\x5b\x5d-\x7e]+$/i.test(address))
    return undefined;
  const url = hasPlainHost(address) ? URL.parse(address) : null;
  return url === null || url.username !== '' || url.password !== '' ? undefined : url;
}
