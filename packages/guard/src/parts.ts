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
  /**
   * Whether a fresh copy says that the token has not been ended. False where it must be checked.
   */
  isAlive(reference: StatusReference, issuer: string): boolean;
  /** Rejects with GuardRefusal `token_ended`, `status_unavailable`. */
  check(reference: StatusReference, issuer: string, keys: RemoteKeySet): Promise<void>;
}

export interface ApiKeys {
  /** Rejects with GuardRefusal of an API key, JwtError `sealed_key_invalid`. */
  authenticate(credential: string, presented: Presented, plainAllowed: boolean): Promise<Caller>;
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
  /** Told each time that the issuer cannot be asked, or a report cannot be made. */
  readonly onFailed: (error: unknown) => void;
}

/** What asks the issuer is given this as well. */
export interface AuthorizedParts extends ApiKeyParts {
  /** The Authorization header of this API's client. */
  readonly authorization: string;
}
