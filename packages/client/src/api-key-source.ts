/**
 * The key of an API for which callers seal (RFC 9728, docs/api-keys.md §4). It is fetched once, and
 * cached for an hour.
 */
import { findSealingKey, type SealingKey } from '@keywright/jwt';
import { ClientError } from './client-error.ts';
import { type Fetch, fetchPublished } from './published-json.ts';

export interface SealingKeySource {
  /** Rejects with ClientError `metadata_unusable`, `sealing_key_missing`. */
  current(): Promise<SealingKey>;
  /**
   * Fetched again, because the API did not accept the former one. Returns the former one if it was
   * fetched a moment ago.
   */
  renewed(former: SealingKey): Promise<SealingKey>;
}

const keptMs = 3_600_000;
/** An API that accepts no key at all must not double every request. */
const renewalMs = 10_000;

export function createSealingKeySource(
  resource: string,
  fetch: Fetch,
  clock: () => number,
): SealingKeySource {
  let held: { readonly key: SealingKey; readonly fetchedAt: number } | undefined;
  let pending: Promise<SealingKey> | undefined;

  async function load(): Promise<SealingKey> {
    const fetchedAt = clock();
    const key = await fetchSealingKey(resource, fetch);
    held = { key, fetchedAt };
    return key;
  }

  /** One fetch at a time, for all waiting callers. A failure is not cached. */
  function refresh(): Promise<SealingKey> {
    pending ??= load().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  function isYounger(span: number): boolean {
    return held !== undefined && Math.abs(clock() - held.fetchedAt) < span;
  }

  return {
    current: async () => (held !== undefined && isYounger(keptMs) ? held.key : refresh()),
    // Another request may have fetched it already.
    renewed: async (former) =>
      held !== undefined && (held.key !== former || isYounger(renewalMs)) ? held.key : refresh(),
  };
}

/** RFC 9728 §3.1: between host and path. */
export function metadataAddress(resource: string): string {
  const { origin, pathname, search } = new URL(resource);
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}${search}`;
}

async function fetchSealingKey(resource: string, fetch: Fetch): Promise<SealingKey> {
  const address = metadataAddress(resource);
  const metadata = await fetchPublished(fetch, address);
  // RFC 9728 §3.3: identical, or the key would be sealed for whom this other resource is.
  if (metadata['resource'] !== resource) {
    throw new ClientError(
      'metadata_unusable',
      `${address} describes another resource than ${resource}.`,
    );
  }
  const jwksUri = metadata['jwks_uri'];
  if (typeof jwksUri !== 'string' || URL.parse(jwksUri)?.origin !== new URL(resource).origin) {
    throw new ClientError('metadata_unusable', `${address} has no jwks_uri at the API itself.`);
  }
  const key = findSealingKey(await fetchPublished(fetch, jwksUri));
  if (key !== undefined) return key;
  throw new ClientError(
    'sealing_key_missing',
    `${jwksUri} has no key of X25519 or P-256 for ECDH-ES.`,
  );
}
