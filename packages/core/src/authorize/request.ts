/** The checked authorization request: what the two pages of a sign-in carry, sealed, so that it cannot be edited mid-flow. */
import type { PromptValue, ResponseMode, ResponseType } from '@keywright/wire';
import type { Core } from '../core.ts';
import { OAuthError } from '../errors.ts';
import type { AuthorizationTerms } from '../terms.ts';

export interface AuthorizationRequest {
  /** Single use: the answer to the consent page claims it. */
  readonly id: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly redirectUriSent: boolean;
  readonly responseType: ResponseType;
  readonly responseMode: ResponseMode;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly state?: string;
  readonly nonce?: string;
  readonly codeChallenge?: string;
  readonly prompt: readonly PromptValue[];
  readonly maxAgeSeconds?: number;
  readonly loginHint?: string;
  /** What the code will carry beyond scopes and audiences. */
  readonly terms?: AuthorizationTerms;
  readonly createdAt: number;
  /** The session that the browser came with: a later one proves that the person signed in for this request. */
  readonly sessionAtStart?: string;
}

export function sealRequest(core: Core, request: AuthorizationRequest): string {
  return core.vault.seal('authorization-request', JSON.stringify(request));
}

/** Throws request_expired when it was not sealed here or is too old. */
export function unsealRequest(core: Core, sealed: string, now: number): AuthorizationRequest {
  const plain = core.vault.unseal('authorization-request', sealed);
  if (plain === undefined) throw new OAuthError('request_expired');
  const request = JSON.parse(Buffer.from(plain).toString('utf8')) as AuthorizationRequest;
  if (now - request.createdAt > core.options.interactionSeconds) throw new OAuthError('request_expired');
  return request;
}
