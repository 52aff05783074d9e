/** The checked authorization request: what the two pages of a sign-in carry, sealed, so that it cannot be edited mid-flow. */
import type { PromptValue, ResponseType } from '@keywright/wire';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Claim } from '../../model/ports.ts';
import { fitsAddress, sealValue, unsealValue } from '../../kernel/sealing/sealed.ts';
import type { AuthorizationTerms, RequestedDetails, AcrWish } from '../../model/terms.ts';
import { checkAuthorizationRequest } from './check.ts';
import { loadAsker } from './client.ts';
import { pushedSeconds, reloadPushed } from './pushed.ts';
import type { DeliveryMode } from '../../kernel/clients/response-mode.ts';
import type { GrantAction } from '../../model/authorization-ports.ts';

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
  /** The one person who may answer, by the subject that the client knows (OpenID Connect Core §3.1.2.1 `id_token_hint`, §5.5.1 `sub`). */
  readonly subject?: string;
  readonly acr?: AcrWish;
  /** Beside `scopes`: to be agreed to for claims that were asked for one by one. Never scopes of a token. */
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
  /** The session that the browser came with: a later one proves that the person signed in for this request. */
  readonly sessionAtStart?: string;
  /** In the form of the consent page alone: the digest of what the page said of the client. */
  readonly shown?: string;
  /** Came without our cookies, from the client's site: it starts where it is first seen with them. */
  readonly isPosted?: true;
}

/** Each of its parameters is bounded, and all of them together. Throws parameter_malformed: said at once, and not when a page is asked for. */
export function assertCarriable(request: AuthorizationRequest): void {
  if (request.pushed === undefined && !fitsAddress(request))
    throw new OAuthError('parameter_malformed', {
      description:
        'The request is too long to be carried in an address: push it (RFC 9126), or leave something out.',
    });
}

export function sealRequest(core: Core, request: AuthorizationRequest): string {
  const { pushed, createdAt, sessionAtStart, isPosted, shown } = request;
  const carried = pushed === undefined ? request : { pushed, createdAt, sessionAtStart, isPosted, shown };
  return sealValue(core, 'authorization-request', carried);
}

/** At once, unless it was pushed. Throws request_expired when it was not sealed here or is too old. */
export function unsealRequest(
  core: Core,
  sealed: string,
  now: number,
): AuthorizationRequest | Promise<AuthorizationRequest> {
  const request = unsealValue(core, 'authorization-request', sealed) as AuthorizationRequest | undefined;
  if (request === undefined || now - request.createdAt > core.options.interactionSeconds)
    throw new OAuthError('request_expired');
  return request.pushed === undefined
    ? request
    : reopenPushed(core, { ...request, pushed: request.pushed }, now);
}

type Carried = Required<Pick<AuthorizationRequest, 'pushed'>> &
  Pick<AuthorizationRequest, 'createdAt' | 'sessionAtStart' | 'isPosted' | 'shown'>;

/** What was pushed is checked again at each step: its client may have lost meanwhile what it asks for. */
async function reopenPushed(core: Core, carried: Carried, now: number): Promise<AuthorizationRequest> {
  const presented = await reloadPushed(core, carried.pushed, now);
  const asker = await loadAsker(core, presented);
  const { pushed: _, createdAt, ...start } = carried;
  const checked = await checkAuthorizationRequest(core, presented.parameters, asker, createdAt);
  return { ...checked, ...start };
}

/** A request is answered once, within its life (RFC 9700 §4.7, RFC 9126 §4); one that was pushed may begin that long later. */
export function claimOf(core: Core, request: AuthorizationRequest, now: number): Claim {
  return { id: request.id, expiresAt: now + core.options.interactionSeconds + pushedSeconds };
}

/** RFC 9126 §4: a reference is good for one answer; so is a page (RFC 9700 §4.7). */
export function answeredBefore({ pushed, clientId }: AuthorizationRequest): OAuthError {
  if (pushed === undefined) return new OAuthError('request_expired');
  return new OAuthError('request_uri_invalid', { log: { clientId, note: 'answered before' } });
}
