/**
 * Request objects by reference (RFC 9101 §5.2; OpenID Connect Core §6.2): only from addresses that
 * the client registered. Otherwise a link could make this server fetch any address. Nothing is
 * cached, so the present content of the address counts.
 */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { waitOutside } from '../../kernel/limits/external-waits.ts';
import { takeOfHost } from '../../kernel/limits/hosts.ts';
import type { Client } from '../../model/entities.ts';

const maxBytes = 64 * 1024;
/**
 * RFC 9101 §5.2.3, and the media types that were used for objects before (RFC 7519 §10.3.1, RFC
 * 7515 §9.2.1).
 */
const accept = 'application/oauth-authz-req+jwt, application/jwt, application/jose';

/** Throws request_uri_invalid, request_uri_unsupported, throttled. */
export async function fetchRequestObject(
  core: Core,
  client: Client,
  reference: string,
): Promise<string> {
  const [address = ''] = reference.split('#');
  const registered = client.settings?.requestUris ?? [];
  // Core §6.2: by the fragment, a cache notices a change of the content. This server does not cache
  // it, and no server is required to verify it.
  if (!registered.some((one) => one.split('#')[0] === address))
    throw invalid(client, 'not registered');
  if (core.outbound === undefined) throw new OAuthError('request_uri_unsupported');
  takeOfHost(core, client, address);
  return (await waitOutside(core.externalWaits, fetchText(core.outbound, client, address))).trim();
}

async function fetchText(
  outbound: NonNullable<Core['outbound']>,
  client: Client,
  address: string,
): Promise<string> {
  try {
    // One request for all types, so that the server waits for a slow host only once.
    return (await outbound.send(address, { accept, maxBytes })).text;
  } catch (error) {
    const { fault } = error as { readonly fault?: unknown };
    throw invalid(client, `not fetched: ${typeof fault === 'string' ? fault : 'unreachable'}`);
  }
}

function invalid({ id: clientId }: Client, note: string): OAuthError {
  return new OAuthError('request_uri_invalid', { log: { clientId, note } });
}
