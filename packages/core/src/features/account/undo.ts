/**
 * The user can undo taking access back, in the same sign-in, for a short time. The access ends at
 * once, with every token. Applications notice it at the next request, APIs notice it by status
 * lists, and a client deletes a refused refresh token. So no token becomes valid again. The undo
 * restores everything that the user had agreed to, and nothing more. The application gets new
 * tokens without another question. The data for the undo is sealed in the page. The server stores
 * nothing, so no node has to finish it.
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
 * The page promises ten seconds. Users of a screen reader, and users who look for the button, have
 * more time (WCAG 2.2, 2.2.1).
 */
const undoSeconds = 60;

/** What the account page offers to restore. Undefined if it is too long for an address. */
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
  // The notice is in an address, together with a name.
  return fitsAddress({ taken, revoked: 'x'.repeat(400) }) ? taken : undefined;
}

/** The form that restores the access. Undefined in another sign-in, or if it is too late. */
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

/** Undefined if nothing was restored: the store decides (`restore`), or the client has changed. */
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
  // Disabled, changed or replaced meanwhile. Read from the store and not from the cache, which may
  // have the former client.
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
