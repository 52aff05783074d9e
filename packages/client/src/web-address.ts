/** Addresses that a key may be sent to, or asked about. */
const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * An https address, or one of this very host.
 * @throws TypeError for anything else: in the clear, whoever is on the line could hand out a key of their own to seal for
 */
export function secureAddress(name: string, address: string): URL {
  const url = typeof address === 'string' ? URL.parse(address) : null;
  const isSecure =
    url !== null &&
    url.username === '' &&
    url.password === '' &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && loopbackHosts.has(url.hostname)));
  if (!isSecure) throw new TypeError(`${name}: an https address.`);
  return url;
}

/** @throws TypeError for what is no function */
export function assertPlatform(options: { readonly fetch?: unknown; readonly clock?: unknown }): void {
  for (const name of ['fetch', 'clock'] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'function') throw new TypeError(`${name}: a function.`);
  }
}
