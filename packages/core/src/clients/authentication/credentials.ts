import type { ClientAuthenticationMethod } from '@keywright/wire';

/** What a request says of its client, before any of it is believed. */
export interface Credentials {
  readonly method: ClientAuthenticationMethod;
  readonly clientId: string;
  readonly secret?: string;
}
