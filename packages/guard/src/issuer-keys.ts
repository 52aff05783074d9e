/** The source of an issuer's keys: given, at an address, or found by its metadata. */
import {
  createRemoteKeySet,
  importKeySet,
  type OutboundFetch,
  type RemoteKeySet,
} from '@keywright/jwt';
import type { IssuerMetadata } from './issuer-metadata.ts';

/** Where the keys of an issuer are: at an address (RFC 7517 §5), or given. */
export type KeySource =
  /** The address of the JWK set. */
  | { readonly jwksUri: string }
  /** The JWK set itself, which is never refreshed. */
  | { readonly jwks: unknown };

export interface IssuerKeysOptions {
  readonly keys: KeySource | undefined;
  /** How long keys are used if no newer ones can be fetched. */
  readonly staleSeconds: number | undefined;
  readonly metadata: IssuerMetadata;
  readonly fetch: OutboundFetch;
  readonly clock: () => number;
  readonly onFailed: (error: unknown) => void;
}

/** Sends no request before the first token. @throws TypeError if a given set is invalid */
export function createIssuerKeys(options: IssuerKeysOptions): RemoteKeySet {
  const { keys, staleSeconds, metadata, fetch, clock, onFailed } = options;
  if (keys !== undefined && 'jwks' in keys) return createFixedKeys(keys.jwks);
  const common = { fetch, clock, ...(staleSeconds === undefined ? {} : { staleSeconds }) };
  if (keys !== undefined) {
    return createRemoteKeySet({ ...common, url: keys.jwksUri, onFetchFailed: onFailed });
  }
  function onFetchFailed(error: unknown): void {
    // The address of the set may have changed.
    metadata.forget();
    onFailed(error);
  }
  return createRemoteKeySet({ ...common, url: () => metadata.find('jwks_uri'), onFetchFailed });
}

function createFixedKeys(jwks: unknown): RemoteKeySet {
  const keys = importKeySet(jwks);
  return { resolve: (kid, algorithm) => keys.find(kid, algorithm), current: () => keys };
}
