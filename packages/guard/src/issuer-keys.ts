/** Where the keys of an issuer come from: given, at an address, or found by its metadata (RFC 8414, OpenID Discovery). */
import {
  createOutbound,
  createRemoteKeySet,
  importKeySet,
  type OutboundFetch,
  type RemoteKeySet,
} from '@keywright/jwt';

export type KeySource =
  /** The address of the JWK set. */
  | { readonly jwksUri: string }
  /** The JWK set itself; never refreshed. */
  | { readonly jwks: unknown };

export interface IssuerKeysOptions {
  readonly issuer: string;
  readonly keys?: KeySource | undefined;
  readonly fetch?: OutboundFetch | undefined;
  readonly clock: () => number;
  readonly onKeysFailed?: ((error: unknown) => void) | undefined;
}

export function createIssuerKeys(options: IssuerKeysOptions): RemoteKeySet {
  const { keys, clock, fetch = createOutbound().fetchJson, onKeysFailed = () => {} } = options;
  if (keys !== undefined && 'jwks' in keys) return createFixedKeys(keys.jwks);
  if (keys !== undefined) {
    return createRemoteKeySet({ url: keys.jwksUri, fetch, clock, onFetchFailed: onKeysFailed });
  }
  let found: string | undefined;
  async function find(): Promise<string> {
    found ??= await fetchJwksUri(options.issuer, fetch);
    return found;
  }
  function forget(error: unknown): void {
    // The set may have moved.
    found = undefined;
    onKeysFailed(error);
  }
  return createRemoteKeySet({ url: find, fetch, clock, onFetchFailed: forget });
}

function createFixedKeys(jwks: unknown): RemoteKeySet {
  const keys = importKeySet(jwks);
  return { resolve: (kid, algorithm) => keys.find(kid, algorithm), current: () => keys };
}

/** Both places where an issuer may publish its metadata: OpenID Discovery §4.1 appends, RFC 8414 §3.1 inserts. */
function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

async function fetchJwksUri(issuer: string, fetch: OutboundFetch): Promise<string> {
  const failures: unknown[] = [];
  for (const url of metadataUrls(issuer)) {
    try {
      return jwksUriOf((await fetch(url)).body, issuer);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, 'The metadata of the issuer cannot be had.');
}

function jwksUriOf(metadata: unknown, issuer: string): string {
  const { issuer: stated, jwks_uri: jwksUri } = (metadata ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
  // RFC 8414 §3.3: identical, or whoever serves this could speak for another issuer.
  if (stated !== issuer) throw new TypeError('The metadata is of another issuer.');
  if (typeof jwksUri !== 'string' || !isAsSecure(jwksUri, issuer)) {
    throw new TypeError('The metadata has no usable jwks_uri.');
  }
  return jwksUri;
}

function isAsSecure(url: string, issuer: string): boolean {
  return URL.parse(url)?.protocol === 'https:' || new URL(issuer).protocol === 'http:';
}
