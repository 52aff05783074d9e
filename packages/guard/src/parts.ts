/** The seams inside the guard: what its larger parts are given, and what they answer. */
import type { Jwk, Outbound, RemoteKeySet } from '@keywright/jwt';
import type { Caller } from './caller.ts';
import type { IssuerOptions } from './options.ts';
import type { Presented } from './presented.ts';
import type { SingleUse } from './single-use.ts';

/** Where a token's status stands: `status.status_list` of its claims. */
export interface StatusReference {
  readonly uri: string;
  readonly idx: number;
}

export interface StatusLists {
  /** At once where a fresh copy says alive. Throws (or rejects with) GuardRefusal `token_ended`, `status_unavailable`. */
  check(reference: StatusReference, issuer: string, keys: RemoteKeySet): void | Promise<void>;
}

export interface ApiKeys {
  /** Throws (or rejects with) GuardRefusal of an API key. */
  authenticate(credential: string, presented: Presented, plainAllowed: boolean): Caller | Promise<Caller>;
  /** The keys that others seal for this API with. */
  jwks(): { readonly keys: readonly Jwk[] };
}

export interface ApiKeyParts {
  readonly issuer: IssuerOptions;
  readonly keys: RemoteKeySet;
  readonly outbound: Outbound;
  /** In milliseconds. */
  readonly clock: () => number;
  readonly audience: string;
  readonly uses: SingleUse;
  /** The public address of a request, without query. */
  readonly addressOf: (presented: Presented) => string;
  /** Told each time that the manifest or an answer of the issuer cannot be had, or a report not be made. */
  readonly onFailed?: (error: unknown) => void;
}
