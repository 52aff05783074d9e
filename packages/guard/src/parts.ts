/** The interfaces inside the guard: what its larger parts receive and answer. */
import type { Jwk, Outbound, RemoteKeySet } from '@keywright/jwt';
import type { Caller } from './caller.ts';
import type { IssuerOptions } from './options.ts';
import type { Presented } from './presented.ts';
import type { SingleUse } from './single-use.ts';

/** The position of a token's status: `status.status_list` of its claims. */
export interface StatusReference {
  readonly uri: string;
  readonly idx: number;
}

export interface StatusLists {
  /** Whether a fresh copy says that the token has not ended. False if it must be checked. */
  isAlive(reference: StatusReference, issuer: string): boolean;
  /** Rejects with GuardRefusal `token_ended`, `status_unavailable`. */
  check(reference: StatusReference, issuer: string, keys: RemoteKeySet): Promise<void>;
}

export interface ApiKeys {
  /** Rejects with GuardRefusal of an API key, JwtError `sealed_key_invalid`. */
  authenticate(credential: string, presented: Presented, plainAllowed: boolean): Promise<Caller>;
  /** The keys with which callers seal for this API. */
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
  /** Receives each failure to ask the issuer or to send a report. */
  readonly onFailed: (error: unknown) => void;
}

/** Additional members for parts that ask the issuer. */
export interface AuthorizedParts extends ApiKeyParts {
  /** The Authorization header of this API's client. */
  readonly authorization: string;
}
