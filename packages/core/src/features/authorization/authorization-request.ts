import type { PromptValue, ResponseType } from '@keywright/wire';
import type { Offers } from '../../kernel/authorization-details/choice.ts';
import type { DeliveryMode } from '../../kernel/clients/response-mode.ts';
import type { GrantAction } from '../../model/authorization-ports.ts';
import type { AcrWish, AuthorizationTerms, RequestedDetails } from '../../model/terms.ts';

export interface AuthorizationRequest {
  /** For single use: the answer to the consent page stores a replay marker of this id. */
  readonly id: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly redirectUriSent: boolean;
  readonly responseType: ResponseType;
  readonly responseMode: DeliveryMode;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly state?: string;
  readonly nonce?: string;
  readonly codeChallenge?: string;
  readonly prompt: readonly PromptValue[];
  readonly maxAgeSeconds?: number;
  readonly loginHint?: string;
  /**
   * The only user who may answer, by the subject that the client knows (OpenID Connect Core
   * §3.1.2.1 `id_token_hint`, §5.5.1 `sub`).
   */
  readonly subject?: string;
  readonly acr?: AcrWish;
  /**
   * In addition to `scopes`: the scopes of claims that were requested one by one. The user must
   * agree to them. No token gets them.
   */
  readonly claimScopes?: readonly string[];
  /** RFC 9396. The agreed part is in the terms of the answer. */
  readonly details?: RequestedDetails;
  /** The requested action for the grant (Grant Management §5.2). */
  readonly grantAction?: GrantAction;
  /** What the code contains beyond scopes and audiences. */
  readonly terms?: AuthorizationTerms;
  /** For a pushed request: the digest under which it is stored. Only this value is carried. */
  readonly pushed?: string;
  readonly createdAt: number;
  /**
   * The session of the browser at the start. A later session proves that the user signed in for
   * this request.
   */
  readonly sessionAtStart?: string;
  /** Only in the form of the consent page: the digest of what the page shows about the client. */
  readonly shown?: string;
  /** In the form of the consent page alone: the resources that the page offered. */
  readonly offers?: Offers;
  /**
   * The request was posted from the site of the client, without cookies of this server. It starts
   * again when a request with cookies arrives.
   */
  readonly isPosted?: true;
}
