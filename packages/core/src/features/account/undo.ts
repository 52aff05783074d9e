/**
 * Taking access back can be undone, by the same person in the same sign-in, for a short while. It
 * ends at once, with every token: an application is told so when it asks, APIs learn it from status
 * lists, and a client forgets a refresh token that was refused. So no token becomes valid again.
 * What comes back is what the person had agreed to, all of it and nothing more: the application
 * gets new tokens without another question. What was taken back travels sealed with the page;
 * nothing waits on the server, and so no node has to finish it.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { answeredIn, emitConsent } from '../../kernel/consents/given.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { parseForm } from '../../kernel/http/parameters.ts';
import { redirect } from '../../kernel/http/responses.ts';
import type { Client, Consent } from '../../model/entities.ts';
import type { FormView } from '../../model/pages.ts';
import { fitsAddress, sealValue, unsealValue } from '../../kernel/sealing/sealed.ts';
import { assertOwnForm, formMark } from '../../kernel/pages/own-form.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import { redirectToAccount, type TakenBack } from '../../kernel/pages/account-notice.ts';
import { idPrefixes, newId } from '../../model/token-id.ts';

const path = '/account/undo';
const purpose = 'undo-taking-back';

/**
 * Ten seconds are promised; who hears the page read, or looks for the button, has more (WCAG 2.2,
 * 2.2.1).
 */
const undoSeconds = 60;

/** What the account page offers to bring back. Undefined where it is too long to travel. */
export function takenBack(
  consent: Consent,
  client: Client,
  { session }: SignedIn,
  now: number,
): TakenBack | undefined {
  const { id, clientId, scopes, declinedScopes, audiences, terms } = consent;
  const agreed = {
    id,
    clientId,
    scopes,
    declinedScopes,
    audiences,
    ...(terms === undefined ? {} : { terms }),
  };
  const until = now + undoSeconds;
  const taken = { ...agreed, sessionId: session.id, client: digestOf(client), until };
  // It is told in an address, beside a name.
  return fitsAddress({ taken, revoked: 'x'.repeat(400) }) ? taken : undefined;
}

/** The form that brings it back; undefined for another sign-in, or when it is too late. */
export function undoForm(
  core: Core,
  browserId: string,
  signedIn: SignedIn,
  taken: TakenBack | undefined,
  now: number,
): FormView | undefined {
  if (taken === undefined || taken.sessionId !== signedIn.session.id || now >= taken.until)
    return undefined;
  return {
    action: core.options.basePath + path,
    fields: {
      csrf: formMark(core, browserId, about(signedIn)),
      taken: sealValue(core, purpose, taken, owner(signedIn)),
    },
  };
}

export async function handleUndo(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const { basePath } = core.options;
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(`${basePath}/sign-in`);
  assertOwnForm(core, request, parameters, about(signedIn));
  const sealed = parameters.get('taken');
  const taken = unsealValue(core, purpose, sealed, owner(signedIn)) as TakenBack | undefined;
  const grantId =
    taken && now < taken.until ? await bringBack(core, taken, signedIn, now) : undefined;
  if (taken === undefined || grantId === undefined)
    return redirectToAccount(core, signedIn.account, { undoRefused: true });
  const { clientId, terms } = taken;
  emitConsent(core, { ...taken, accountId: signedIn.account.id }, grantId, answeredIn(terms));
  const client = await core.store.clients.load(clientId);
  return redirectToAccount(core, signedIn.account, { undone: client?.name ?? clientId });
}

/**
 * Undefined when nothing was brought back: the store says when (`restore`), or the client has
 * changed.
 */
async function bringBack(
  core: Core,
  {
    id,
    clientId,
    client: digestBefore,
    scopes,
    declinedScopes,
    audiences,
    terms,
    until,
  }: TakenBack,
  { account, session }: SignedIn,
  now: number,
): Promise<string | undefined> {
  const client = await core.store.clients.load(clientId);
  // Disabled, edited or replaced meanwhile. Read past the cache, so that no node knows it as it
  // was.
  if (client === undefined || digestOf(client) !== digestBefore) return undefined;
  const agreement = {
    grantId: newId(core, idPrefixes.grant),
    accountId: account.id,
    clientId,
    scopes,
    declinedScopes,
    audiences,
    sessionId: session.id,
    ...(terms === undefined ? {} : { terms }),
  };
  const marker = { id: `undo_${id}`, expiresAt: until };
  const isRestored = await core.store.grants.restore(agreement, marker, client, now);
  return isRestored ? agreement.grantId : undefined;
}

function digestOf(client: Client): string {
  return digest(JSON.stringify(client));
}

function about({ session }: SignedIn): string {
  return `undo ${session.id}`;
}

function owner({ account, session }: SignedIn): string {
  return `${account.id} ${session.id}`;
}
