/** The data of a client for the pages. */
import { mayUseGrant } from '../policy/tiers.ts';
import { type Core, lifetimesOf } from '../core.ts';
import { hostOf } from '../clients/document-address.ts';
import { hasChanged } from '../clients/document-agreement.ts';
import type { Client, Consent } from '../../model/entities.ts';
import type { RequesterView, ClientView, GoOnView, LifetimeView } from '../../model/pages.ts';
import { borrowsName } from '../clients/registering/borrowed-name.ts';

/** `consent` is the consent that the user gave before, if it is known. */
export function clientView(
  core: Core,
  client: Client,
  redirectUri: string,
  consent?: Consent,
): ClientView {
  return {
    ...requesterView(client),
    returnHost: returnHostOf(redirectUri),
    ...(hasBorrowedName(core, client) ? { hasBorrowedName: true } : {}),
    ...(hasChanged(client, consent) ? { hasChanged: true } : {}),
  };
}

/** A client whose answer goes to no address. */
export function requesterView(client: Client): RequesterView {
  return {
    name: client.name,
    trust: client.trust,
    ...(client.publisher !== undefined ? { publisher: client.publisher } : {}),
    ...(client.homepage !== undefined ? { homepage: client.homepage } : {}),
    ...(client.origin === 'document' ? { verifiedHost: hostOf(client.id) } : {}),
    ...linksOf(client),
  };
}

/**
 * A link from a page of this server to a client. It says so if nobody checked the client, because
 * such a client chose its own name.
 */
export function goOnView(client: Client, address: string): GoOnView {
  const { name, verifiedHost, trust } = requesterView(client);
  return {
    address,
    name: verifiedHost ?? name,
    host: returnHostOf(address),
    ...(trust === 'unverified' ? { isUnverified: true } : {}),
  };
}

/** A client that nobody checked, and that was registered before its name was reserved. */
function hasBorrowedName({ options }: Core, { trust, name }: Client): boolean {
  return trust === 'unverified' && borrowsName(name, options.registration.reservedNames);
}

const daySeconds = 86_400;

/**
 * How long the access lasts. Undefined if the client gets no refresh token, so that the access ends
 * with the access token.
 */
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
    links: {
      ...(policy !== undefined ? { policy } : {}),
      ...(terms !== undefined ? { terms } : {}),
    },
  };
}

export function returnHostOf(redirectUri: string): string {
  const url = new URL(redirectUri);
  return url.host === '' ? `an app on this device (${url.protocol}//)` : url.host;
}

/**
 * The schemes that the answer to a form may lead to. Browsers apply form-action also to all
 * redirects that follow a form (CSP3 §6.4.1): the client's address, and every address to which the
 * client redirects. So the policy names schemes, not hosts. The exact address was checked before.
 * (The policy could not name an IPv6 loopback address.)
 */
export function formTargetsOf(redirectUri: string): readonly string[] {
  const { protocol } = new URL(redirectUri);
  return protocol === 'https:' ? ['https:'] : [protocol, 'https:'];
}
