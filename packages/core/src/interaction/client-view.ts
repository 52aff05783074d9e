/** What the pages show of a client. */
import type { Client } from '../model.ts';
import type { ClientView } from '../pages.ts';

export function clientView(client: Client, redirectUri: string): ClientView {
  return {
    name: client.name,
    trust: client.trust,
    returnHost: returnHostOf(redirectUri),
    ...(client.publisher !== undefined ? { publisher: client.publisher } : {}),
    ...(client.homepage !== undefined ? { homepage: client.homepage } : {}),
  };
}

function returnHostOf(redirectUri: string): string {
  const url = new URL(redirectUri);
  return url.host === '' ? `an app on this device (${url.protocol}//)` : url.host;
}

/**
 * Where a form of this request may lead on to. Browsers hold form-action against all redirects that follow a form, too
 * (CSP3 §6.4.1): the client's address, and wherever the client sends the person from there. So the policy names
 * schemes, not hosts; the exact address was checked before. (It could not name an IPv6 loopback address, either.)
 */
export function formTargetsOf(redirectUri: string): readonly string[] {
  const { protocol } = new URL(redirectUri);
  return protocol === 'https:' ? ['https:'] : [protocol, 'https:'];
}
