/**
 * The answer to a deferred request: from the user at a page, or from a test bench through the
 * admin API. The store decides races. This file decides what an answer contains.
 */
import { digest } from '@keywright/jwt';
import { authenticationOf } from '../accounts/acr.ts';
import { lacksTwoFactors } from '../accounts/factor-demand.ts';
import { lacksTerms } from '../accounts/terms-demand.ts';
import type { Core } from '../core.ts';
import { audiencesAgreed } from '../authorization-details/asked.ts';
import { withDetails } from '../authorization-details/covering.ts';
import { heldAnswer, narrowToHeld } from '../authorization-details/held.ts';
import {
  type AnsweredDetails,
  answerOf,
  requestedParts,
} from '../authorization-details/requested.ts';
import { answeredIn, emitConsent } from '../consents/given.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Client, Session } from '../../model/entities.ts';
import type { AuthorizationTerms } from '../../model/terms.ts';
import { makePing } from './ping.ts';
import type { DeferredAnswer, DeferredRequest } from '../../model/deferred-ports.ts';
import { loadByUserCode } from './user-code.ts';
import { idPrefixes, newId } from '../../model/token-id.ts';

/** One of the names of a request. */
export interface DeferredReference {
  readonly digest?: string;
  readonly deviceCode?: string;
  readonly authReqId?: string;
  /** As the user typed it. */
  readonly userCode?: string;
}

/** The answer of a user, or of a service in their place, to a deferred request (RFC 8628, CIBA). */
export interface AnswerInput extends DeferredReference {
  readonly accountId: string;
  readonly approve: boolean;
  /** The optional scopes that were agreed. All requested ones if absent. */
  readonly scopes?: readonly string[];
  /** The authorization details that the user agrees to. Default: all. */
  readonly details?: AnsweredDetails | undefined;
  /**
   * How and when the user signed in. Absent if a service answers for them: then it is the current
   * time.
   */
  readonly signedIn?: Pick<Session, 'id' | 'accountId' | 'authenticatedAt' | 'terms'>;
  /** The service that answers in place of the user. */
  readonly by?: string;
}

/** A deferred request after its answer was stored. */
export interface Answered {
  readonly request: DeferredRequest;
  readonly client: Client;
  readonly approved: boolean;
}

/**
 * Stores the answer to a deferred request. The caller must have authenticated the user or the
 * service.
 * @throws OAuthError `deferred_not_pending` if it is unknown, expired, answered or of another
 * account; `client_unknown` if its client is gone; `second_factor_missing`; `terms_missing`
 */
export async function answerDeferred(core: Core, input: AnswerInput): Promise<Answered> {
  const now = core.clock.nowSeconds();
  const request = await findDeferred(core, input);
  if (request === undefined) throw notPending('unknown');
  // From the store, not from the cache, because the agreement is valid for a long time.
  const client = await core.loadClient(request.clientId, 'stored');
  if (client === undefined) throw new OAuthError('client_unknown');
  // The pages ask for it before. A service that answers in place of the user is not asked.
  const { approve, signedIn } = input;
  if (approve && signedIn && (await lacksTwoFactors(core, client, request.ask.scopes, signedIn)))
    throw new OAuthError('second_factor_missing', { log: { clientId: client.id } });
  await assertAccount(core, input, now);
  const answer = await makeAnswer(core, request, client, input, now);
  const result = await core.store.deferred.answer(answer, now);
  if (result.outcome === 'not-pending') throw notPending(request.status);
  tellAnswer(
    core,
    request,
    answer,
    input.by,
    result.outcome === 'approved' ? result.grantId : undefined,
  );
  return { request, client, approved: result.outcome === 'approved' };
}

/** The request of this id, in any state. */
export async function findDeferred(
  core: Core,
  { digest: known, deviceCode, authReqId, userCode }: DeferredReference,
): Promise<DeferredRequest | undefined> {
  const secret = deviceCode ?? authReqId;
  if (known !== undefined) return core.store.deferred.load(known);
  if (secret !== undefined) return core.store.deferred.load(digest(secret));
  return userCode === undefined ? undefined : loadByUserCode(core, userCode);
}

function notPending(status: string): OAuthError {
  return new OAuthError('deferred_not_pending', { log: { outcome: status } });
}

/** A session always has an active account. An account id from a service may be any text. */
async function assertAccount(
  core: Core,
  { accountId, approve, signedIn }: AnswerInput,
  now: number,
): Promise<void> {
  const needsNone = signedIn !== undefined && (!approve || core.options.terms === undefined);
  if (needsNone) return;
  const account = await core.store.accounts.load(accountId);
  if (account?.status !== 'active') throw notPending('account unknown');
  if (signedIn !== undefined && lacksTerms(core, account, now))
    throw new OAuthError('terms_missing');
}

async function makeAnswer(
  core: Core,
  request: DeferredRequest,
  client: Client,
  input: AnswerInput,
  now: number,
): Promise<DeferredAnswer> {
  const { ask, digest } = request;
  const { accountId } = input;
  const ping = makePing(request, client, now);
  const answer = { digest, accountId, ...(ping !== undefined ? { ping } : {}) };
  if (!input.approve) return answer;
  const apis = await core.loadApis();
  // Rights that the client or an API has lost since the request are not given.
  const held = narrowToHeld(ask, ask.details?.asked ?? [], client, apis);
  const scopes = agreedScopes(held.scopes, client, input.scopes);
  const details = heldAnswer(agreedDetails(ask, input.details), client, apis);
  // An answer without any scope or detail is no agreement.
  if (scopes.length === 0 && details?.granted.length === 0) return answer;
  const terms = details && withDetails(undefined, details.granted, details.declined);
  return {
    ...answer,
    approval: {
      agreement: {
        grantId: newId(core, idPrefixes.grant),
        accountId,
        clientId: client.id,
        scopes,
        declinedScopes: held.scopes.filter((scope) => !scopes.includes(scope)),
        audiences: held.audiences,
        ...(input.signedIn !== undefined ? { sessionId: input.signedIn.id } : {}),
        ...(terms !== undefined ? { terms } : {}),
      },
      agreed: {
        scopes,
        audiences: audiencesAgreed(held, scopes, details, apis),
        authenticatedAt: input.signedIn?.authenticatedAt ?? now,
        ...termsOf(core, request, input, details),
      },
    },
  };
}

/** The requested scopes without the declined optional ones. An answer cannot add a scope. */
function agreedScopes(
  asked: readonly string[],
  client: Client,
  kept: readonly string[] | undefined,
): readonly string[] {
  if (kept === undefined) return asked;
  return asked.filter((scope) => !client.optionalScopes.includes(scope) || kept.includes(scope));
}

function agreedDetails(
  { details }: DeferredRequest['ask'],
  answered: AnsweredDetails | undefined,
): AnsweredDetails | undefined {
  return details === undefined
    ? undefined
    : (answered ?? answerOf(requestedParts(details), () => true));
}

/**
 * What the tokens contain beyond scopes: the agreed authorization details, and how the user signed
 * in.
 */
function termsOf(
  core: Core,
  { ask }: DeferredRequest,
  { signedIn }: AnswerInput,
  details: AnsweredDetails | undefined,
): { readonly terms?: AuthorizationTerms } {
  const terms: AuthorizationTerms = {
    ...authenticationOf(core, signedIn ?? {}, ask.acr),
    ...(details && withDetails(undefined, details.granted)),
  };
  return Object.keys(terms).length > 0 ? { terms } : {};
}

function tellAnswer(
  core: Core,
  { clientId }: DeferredRequest,
  { accountId, approval }: DeferredAnswer,
  by: string | undefined,
  grantId: string | undefined,
): void {
  if (approval === undefined)
    core.events.emit({ type: 'authorization.denied', clientId, accountId, by });
  else emitConsent(core, approval.agreement, grantId, answeredIn(approval.agreement.terms), { by });
}
