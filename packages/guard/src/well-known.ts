/**
 * The documents that an API publishes: its metadata (RFC 9728), and the keys that callers seal API
 * keys for.
 */
import { signingAlgorithms } from '@keywright/jwt';
import type { RefusalAnswer } from './answer.ts';
import { type ApiAddress, pathOf, webAddressOf } from './api-address.ts';
import type { TrustedIssuers } from './issuers.ts';
import type { GuardOptions } from './options.ts';
import type { ApiKeys } from './parts.ts';

const metadataPath = '/.well-known/oauth-protected-resource';
const keysPath = '/.well-known/jwks.json';

export interface WellKnown {
  /** The address of the metadata. Undefined if the API has no address and publishes none. */
  readonly metadataUrl: string | undefined;
  /** The document at this path of the API, if there is one. */
  find(path: string): RefusalAnswer | undefined;
}

export interface WellKnownParts {
  readonly options: GuardOptions;
  readonly issuers: TrustedIssuers;
  readonly address: ApiAddress | undefined;
  readonly apiKeys: ApiKeys | undefined;
}

export function createWellKnown({ options, issuers, address, apiKeys }: WellKnownParts): WellKnown {
  // RFC 9728 §1.2: a resource identifier is an address. §3.1: its path follows the well-known path.
  const audience = webAddressOf(options.audience);
  const isPublished = audience !== undefined && address !== undefined;
  const path = isPublished ? metadataPath + audience.pathname.replace(/\/$/, '') : undefined;
  const metadataUrl = isPublished ? new URL(address.base).origin + path : undefined;
  const jwksUri = apiKeys && address && address.base + keysPath;
  const metadata = JSON.stringify(metadataOf(options, [...issuers.keys()], jwksUri));
  return {
    metadataUrl,
    find(asked) {
      const at = pathOf(asked);
      if (at === path) return answer('application/json', metadata);
      if (at !== keysPath || apiKeys === undefined) return undefined;
      return answer('application/jwk-set+json', JSON.stringify(apiKeys.jwks()));
    },
  };
}

function metadataOf(
  { audience, metadata = {}, dpop, certificate }: GuardOptions,
  issuers: readonly unknown[],
  jwksUri: string | undefined,
) {
  const { name, documentation, scopes, detailTypes } = metadata;
  // RFC 9728 §2. Undefined members are left out.
  return {
    resource: audience,
    authorization_servers: issuers,
    jwks_uri: jwksUri,
    scopes_supported: scopes,
    bearer_methods_supported: dpop?.required === true ? [] : ['header', 'body'],
    resource_name: name,
    resource_documentation: documentation,
    tls_client_certificate_bound_access_tokens: certificate === undefined ? undefined : true,
    authorization_details_types_supported: detailTypes,
    dpop_signing_alg_values_supported: signingAlgorithms,
    dpop_bound_access_tokens_required: dpop?.required,
  };
}

/** The same for every caller, and also for programs in browsers. */
function answer(contentType: string, body: string): RefusalAnswer {
  return {
    status: 200,
    headers: {
      'content-type': contentType,
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    },
    body,
  };
}
