import type { ParsedJwt } from '@keywright/jwt';
import type { ClientAuthenticationMethod } from '@keywright/wire';
import type { HttpRequest } from '../../http/message.ts';
import type { Client } from '../../../model/entities.ts';

/** What a request says about its client. Nothing of it is verified yet. */
export interface Credentials {
  readonly method: ClientAuthenticationMethod;
  readonly clientId: string;
  readonly secret?: string;
  /** Taken apart, and nothing more. */
  readonly assertion?: ParsedJwt;
}

/** A client that may use the method tries to prove by it who it is. */
export interface Attempt {
  readonly credentials: Credentials;
  readonly method: ClientAuthenticationMethod;
  readonly client: Client;
  readonly request: HttpRequest;
  readonly now: number;
}

/** The result of checking the credentials. */
export interface Proof {
  /** Why it failed, for the log; absent when it did not. */
  readonly fault?: string;
  /** Whether the client may be told: only if it is known to have the key. */
  readonly isTold?: boolean;
  /** The secret that it was proven by. */
  readonly secretId?: string;
}
