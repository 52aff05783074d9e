/** The input of every grant after client authentication, and its result. */
import type { LivingApiKey } from './api-key-judgement.ts';
import type { Parameters } from '../http/parameters.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Client } from '../../model/entities.ts';
import type { AuthorizationDetail, Confirmation } from '../../model/terms.ts';

export interface TokenRequest {
  readonly parameters: Parameters;
  readonly client: Client;
  /**
   * The API key with which the client authenticated. Its tokens have no more rights than the key,
   * and expire with it at the latest.
   */
  readonly apiKey?: LivingApiKey;
  /** The key or certificate that the client proved. Its tokens are bound to it. */
  readonly confirmation?: Confirmation;
  /**
   * If present: called when the credential is known to be valid, right before it is spent
   * (kernel/sender-constraint/dpop.ts).
   */
  readonly remember?: () => Promise<void>;
  readonly now: number;
  /** Unchanged, for grants that read more of it. */
  readonly http: HttpRequest;
}

/** RFC 6749 §5.1. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer' | 'DPoP' | 'N_A';
  readonly expires_in: number;
  readonly scope: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  /** RFC 9396 §7. */
  readonly authorization_details?: readonly AuthorizationDetail[];
  /** RFC 8693 §2.2.1. */
  readonly issued_token_type?: string;
  /** Grant Management for OAuth 2.0, §4. */
  readonly grant_id?: string;
}
