/**
 * How a client takes part in signing out: RP-Initiated Logout §3.1, Back-Channel Logout §2.2,
 * Front-Channel Logout §2. Whether it demands `sid` makes no difference: both channels always carry
 * it.
 */
import { type ClientKind, clientKinds } from '../../../model/entities.ts';
import { refuseRedirectUri } from '../../../rules/redirect-uri.ts';
import type { ClientRegistration } from '../client-registration.ts';
import { kindRules } from '../../policy/tiers.ts';
import type { CheckSettings, Say } from './check.ts';
export const checkLogout: CheckSettings = (input, say) => {
  checkPostLogoutUris(input, say);
  checkBackChannel(input, say);
  checkFrontChannel(input, say);
};

/** The same rules as for redirect URIs, because the server sends users to both. */
function checkPostLogoutUris(input: ClientRegistration, say: Say): void {
  const kind = clientKinds.find((known): known is ClientKind => known === input.kind);
  if (kind === undefined) return;
  input.post_logout_redirect_uris?.forEach((uri, index) => {
    const refused = refuseRedirectUri(uri, kindRules[kind].redirects);
    if (refused !== undefined) say(`post_logout_redirect_uris[${index}]`, refused);
  });
}

function checkBackChannel(
  { backchannel_logout_uri: uri, kind }: ClientRegistration,
  say: Say,
): void {
  if (uri === undefined) return;
  if (kind === 'service') say('backchannel_logout_uri', 'nobody signs in at a service; remove it');
  const refused = refuseRedirectUri(uri, 'https');
  if (refused !== undefined) say('backchannel_logout_uri', refused);
}

/**
 * Front-Channel Logout §2: scheme, host and port of a registered redirect URI, so that a client
 * cannot make a page of another one load.
 */
function checkFrontChannel(input: ClientRegistration, say: Say): void {
  const { frontchannel_logout_uri: uri, redirect_uris: redirectUris = [] } = input;
  if (uri === undefined) return;
  const refused = refuseRedirectUri(uri, 'https');
  if (refused !== undefined) say('frontchannel_logout_uri', refused);
  else if (!redirectUris.some((known) => URL.parse(known)?.origin === new URL(uri).origin))
    say(
      'frontchannel_logout_uri',
      'must have the scheme, host and port of a registered redirect URI',
    );
}
