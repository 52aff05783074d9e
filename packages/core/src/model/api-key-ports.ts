/** What API keys ask of the store. */
import type { ApiKey } from './entities.ts';
import type { Page, Paging } from './paging.ts';

/** The outcome of `ApiKeyStore.add`. Nothing is stored unless it is `added`. */
export type AddApiKeyOutcome =
  | { readonly outcome: 'added' }
  /** Its client is unknown or disabled. */
  | { readonly outcome: 'client-inactive' }
  /** Its API has as many valid keys as it may have. */
  | { readonly outcome: 'too-many' };

/** The outcome of `ApiKeyStore.rotate`. */
export type RotateApiKeyOutcome =
  | { readonly outcome: 'rotated' }
  /** It has a successor already. Nothing was changed. */
  | { readonly outcome: 'replaced-before' }
  /** Unknown, revoked or expired, or of a client that is disabled. Nothing was changed. */
  | { readonly outcome: 'ended' };

/**
 * Which API keys are listed. Every member that is set must match. Times are in seconds since 1970.
 */
export interface ApiKeyFilter {
  readonly clientId?: string;
  readonly audience?: string;
  /** Only those that are neither revoked nor expired at this time. */
  readonly aliveAt?: number;
}

/** When an API key was used, in seconds since 1970. */
export interface ApiKeyUse {
  readonly id: string;
  readonly at: number;
}

/** The API keys in the store. Each method is one atomic, durable act. */
export interface ApiKeyStore {
  /** One act: only for an active client, and only if its API has fewer than `most` valid keys. */
  add(key: ApiKey, most: number, now: number): Promise<AddApiKeyOutcome>;
  /** The key with its state. Ended keys are found until they are pruned. Never from a cache. */
  load(id: string): Promise<ApiKey | undefined>;
  /** In the order of ids. */
  list(filter?: ApiKeyFilter, paging?: Paging): Promise<Page<ApiKey>>;
  /** False if it is unknown or was revoked before. The first reason stays. */
  revoke(id: string, because: string, now: number): Promise<boolean>;
  /**
   * One act, decided by a conditional write: adds the successor. The former key ends at
   * `formerExpiresAt`, or at its own expiry if that is sooner.
   */
  rotate(
    successor: ApiKey & { readonly replaces: string },
    formerExpiresAt: number,
    now: number,
  ): Promise<RotateApiKeyOutcome>;
  /**
   * Moves last uses forward, never back and not past `now`, only for keys of this API. Unknown
   * keys are ignored.
   */
  touch(audience: string, uses: readonly ApiKeyUse[], now: number): Promise<void>;
}
