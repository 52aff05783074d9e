import type { PromptValue, ResponseType } from '@keywright/wire';
import type { Offers } from '../../kernel/authorization-details/choice.ts';
import type { DeliveryMode } from '../../kernel/clients/response-mode.ts';
import type { GrantAction } from '../../model/authorization-ports.ts';
import type { AcrWish, AuthorizationTerms, RequestedDetails } from '../../model/terms.ts';

export interface AuthorizationRequest {
  /** Single use: the answer to the consent page claims it. */
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
   * The one person who may answer, by the subject that the client knows (OpenID Connect Core
   * §3.1.2.1 `id_token_hint`, §5.5.1 `sub`).
   */
  readonly subject?: string;
  readonly acr?: AcrWish;
  /**
   * Beside `scopes`: to be agreed to for claims that were asked for one by one. Never scopes of a
   * token.
   */
  readonly claimScopes?: readonly string[];
  /** RFC 9396; what is agreed of them is in the answer's terms. */
  readonly details?: RequestedDetails;
  /** What is to become of the grant (Grant Management §5.2). */
  readonly grantAction?: GrantAction;
  /** What the code will carry beyond scopes and audiences. */
  readonly terms?: AuthorizationTerms;
  /** Of one that was pushed: the digest that it is kept under. It is carried by this alone. */
  readonly pushed?: string;
  readonly createdAt: number;
  /**
   * The session that the browser came with: a later one proves that the person signed in for this
   * request.
   */
  readonly sessionAtStart?: string;
  /** In the form of the consent page alone: the digest of what the page said of the client. */
  readonly shown?: string;
  /** In the form of the consent page alone: the resources that the page offered. */
  readonly offers?: Offers;
  /**
   * Came without our cookies, from the client's site: it starts where it is first seen with them.
   */
  readonly isPosted?: true;
}
