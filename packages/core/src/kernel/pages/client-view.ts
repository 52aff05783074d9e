/** What the pages show of a client. */
import { mayUseGrant } from '../policy/tiers.ts';
import { type Core, lifetimesOf } from '../core.ts';
import { hostOf } from '../clients/document-address.ts';
import { hasChanged } from '../clients/document-agreement.ts';
import type { Client, Grant } from '../../model/entities.ts';
import type { AskerView, ClientView, GoOnView, LifetimeView } from '../../model/pages.ts';
import { borrowsName } from '../clients/registering/borrowed-name.ts';

/** `grant` is what the person agreed to before, where that is known. */
export function clientView(core: Core, client: Client, redirectUri: string, grant?: Grant): ClientView {
  return {
    ...askerView(client),
    returnHost: returnHostOf(redirectUri),
    ...(hasBorrowedName(core, client) ? { hasBorrowedName: true } : {}),
    ...(hasChanged(client, grant) ? { hasChanged: true } : {}),
  };
}

/** Of one whose answer goes to no address. */
export function askerView(client: Client): AskerView {
  return {
    name: client.name,
    trust: client.trust,
    ...(client.publisher !== undefined ? { publisher: client.publisher } : {}),
    ...(client.homepage !== undefined ? { homepage: client.homepage } : {}),
    ...(client.origin === 'document' ? { verifiedHost: hostOf(client.id) } : {}),
    ...linksOf(client),
  };
}

/** Where a link leads out of our pages: the name of a client that nobody has checked is only what it says itself. */
export function goOnView(client: Client, address: string): GoOnView {
  const { name, verifiedHost, trust } = askerView(client);
  return {
    address,
    name: verifiedHost ?? name,
    host: returnHostOf(address),
    ...(trust === 'unverified' ? { isUnverified: true } : {}),
  };
}

/** Of one that nobody has checked, and that was registered before its name was reserved. */
function hasBorrowedName({ options }: Core, { trust, name }: Client): boolean {
  return trust === 'unverified' && borrowsName(name, options.registration.reservedNames);
}

const daySeconds = 86_400;

/** For how long it asks. Undefined where it ends with the one access token: there is no refresh token. */
export function lifetimeView(
  core: Core,
  client: Client,
  signOut: LifetimeView['signOut'],
): LifetimeView | undefined {
  if (!mayUseGrant(client, 'refresh_token')) return undefined;
  const { refreshIdleSeconds, refreshAbsoluteSeconds } = lifetimesOf(core, client);
  return {
    idleDays: Math.ceil(refreshIdleSeconds / daySeconds),
    ...(refreshAbsoluteSeconds === 'never'
      ? {}
      : { absoluteDays: Math.ceil(refreshAbsoluteSeconds / daySeconds) }),
    signOut,
  };
}

function linksOf({ settings }: Client): Pick<ClientView, 'links'> {
  const { policyUri: policy, tosUri: terms } = settings ?? {};
  if (policy === undefined && terms === undefined) return {};
  return {
    links: { ...(policy !== undefined ? { policy } : {}), ...(terms !== undefined ? { terms } : {}) },
  };
}

export function returnHostOf(redirectUri: string): string {
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
