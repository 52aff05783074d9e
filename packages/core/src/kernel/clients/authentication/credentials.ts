import type { ParsedJwt } from '@keywright/jwt';
import type { ClientAuthenticationMethod } from '@keywright/wire';
import type { HttpRequest } from '../../http/message.ts';
import type { Client } from '../../../model/entities.ts';

/** The credentials in a request. None of them is verified yet. */
export interface Credentials {
  readonly method: ClientAuthenticationMethod;
  readonly clientId: string;
  readonly secret?: string;
  /** Parsed, but not verified. */
  readonly assertion?: ParsedJwt;
}

/** The attempt of a client to authenticate by a method that it may use. */
export interface Attempt {
  readonly credentials: Credentials;
  readonly method: ClientAuthenticationMethod;
  readonly client: Client;
  readonly request: HttpRequest;
  readonly now: number;
}

/** The result of checking the credentials. */
export interface Proof {
  /** Why it failed, for the log. Absent if it succeeded. */
  readonly fault?: string;
  /** Whether the answer may say why: only if the client has proved that it has the key. */
  readonly isDisclosed?: boolean;
  /** The id of the secret that was used. */
  readonly secretId?: string;
}
