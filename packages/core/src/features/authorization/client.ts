/**
 * The client, and the address of the answer. Until both are certain, a fault gives a page and never
 * a redirect (RFC 6749 §4.1.2.1). Otherwise the server would be an open redirector.
 */
import { type Core, policyOf } from '../../kernel/core.ts';
import { isAddress } from '../../kernel/clients/document-address.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Client } from '../../model/entities.ts';
import { matchRedirectUri } from '../../rules/redirect-uri.ts';
import type { Presented } from './presented-request.ts';

export interface Requester extends Pick<Presented, 'isSigned' | 'pushed'> {
  readonly client: Client;
  readonly redirectUri: string;
  readonly redirectUriSent: boolean;
}

/** The number of logged characters of a request. */
const longestLogged = 200;

/**
 * Throws, for a page: parameter_repeated, parameter_missing, client_unknown, redirect_uri_mismatch.
 */
export async function loadRequester(core: Core, presented: Presented): Promise<Requester> {
  const { parameters, isSigned, pushed } = presented;
  const how = { isSigned, ...(pushed !== undefined ? { pushed } : {}) };
  for (const name of ['client_id', 'redirect_uri'])
    if (parameters.repeated.has(name))
      throw new OAuthError('parameter_repeated', { description: `${name} is repeated.` });
  const clientId = parameters.get('client_id');
  if (clientId === undefined)
    throw new OAuthError('parameter_missing', { description: 'client_id is required.' });
  const client = await core.loadClient(clientId, 'described');
  // Another party has written a signed or pushed request, so its values are not shown to the user
  // of this page.
  const isShown = !isSigned && pushed === undefined;
  if (client === undefined || client.redirectUris.length === 0)
    throw unknown(core, clientId, isShown);
  const redirectUri = parameters.get('redirect_uri');
  if (redirectUri === undefined)
    return {
      client,
      redirectUri: onlyRedirectUri(core, client, parameters),
      redirectUriSent: false,
      ...how,
    };
  assertRedirectUri(client, redirectUri, isShown);
  return { client, redirectUri, redirectUriSent: true, ...how };
}

/** Throws redirect_uri_mismatch. `isShown`: the page may show the value of the request. */
export function assertRedirectUri(
  { id: clientId, kind, redirectUris }: Client,
  redirectUri: string,
  isShown = false,
): void {
  if (matchRedirectUri(redirectUri, redirectUris, kind === 'native')) return;
  // Anybody can write this value. The parts before the host and after the path may be secret.
  const plain = redirectUri.replace(/[?#].*/s, '').replace(/\/\/[^/]*@/, '//');
  throw new OAuthError('redirect_uri_mismatch', {
    log: { clientId, note: `came: ${plain.slice(0, longestLogged)}` },
    ...(isShown ? { came: { clientId, redirectUri } } : {}),
  });
}

/** Client ID Metadata Documents §5.1: the request ends if the document cannot be fetched. */
function unknown({ options }: Core, clientId: string, isShown: boolean): OAuthError {
  const isDescribed = options.features.clientIdDocuments && isAddress(clientId);
  const reason = isDescribed ? 'client_document_refused' : 'client_unknown';
  return new OAuthError(reason, isShown ? { came: { clientId } } : {});
}

/**
 * RFC 6749 §3.1.2.3: may be left out if exactly one is registered. OpenID Connect never allows this
 * (Core §3.1.2.1), and some profiles do not.
 */
function onlyRedirectUri(core: Core, client: Client, parameters: Presented['parameters']): string {
  const [only, ...others] = client.redirectUris;
  const openid = parameters.get('scope')?.split(' ').includes('openid') === true;
  const demanded = openid || policyOf(core, client).redirectUriRequired;
  if (only === undefined || others.length > 0 || demanded)
    throw new OAuthError('parameter_missing', {
      description: 'redirect_uri is required.',
      log: { clientId: client.id },
    });
  return only;
}
