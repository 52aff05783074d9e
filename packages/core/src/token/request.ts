/** What every grant is handed, after the client was authenticated, and what it gives back. */
import type { LivingApiKey } from '../api-keys/judgement.ts';
import type { Parameters } from '../http/parameters.ts';
import type { Client } from '../model.ts';

export interface TokenRequest {
  readonly parameters: Parameters;
  readonly client: Client;
  /** The API key that the client authenticated by: nothing it gets is more than the key, or outlives it. */
  readonly apiKey?: LivingApiKey;
  readonly now: number;
  readonly remoteAddress: string;
}

/** RFC 6749 §5.1. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}
