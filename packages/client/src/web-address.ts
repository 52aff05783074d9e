/** Addresses that a key may be sent to, or asked about. */
const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * An https address, or one of this very host.
 * @throws TypeError for anything else: in the clear, whoever is on the line could hand out a key of their own to seal for
 */
export function secureAddress(name: string, address: string): URL {
  const url = URL.parse(address);
  const isSecure =
    url !== null &&
    url.username === '' &&
    url.password === '' &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && loopbackHosts.has(url.hostname)));
  if (!isSecure) throw new TypeError(`${name}: an https address.`);
  return url;
}
