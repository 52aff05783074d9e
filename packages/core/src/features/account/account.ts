/**
 * The account page: the applications that the user has connected. The user can take their access
 * back.
 */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  parseForm,
  parseParameters,
  requireParameter,
} from '../../kernel/http/parameters.ts';
import { page, redirect } from '../../kernel/http/responses.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { loadSession } from '../../kernel/pages/session.ts';
import { readNotice, redirectToAccount } from '../../kernel/pages/account-notice.ts';
import { securityPath } from '../../kernel/pages/security.ts';
import { aboutRevoking, connectionView } from './connection-view.ts';
import { takenBack, undoForm } from './undo.ts';
import { termsAddress } from '../../kernel/pages/terms.ts';
import { lacksTerms } from '../../kernel/accounts/terms-demand.ts';
import type { Account } from '../../model/entities.ts';
import type { AccountView } from '../../model/pages.ts';
import type { AccountSection } from '../../kernel/routing/feature.ts';

const pageSize = 25;

export async function showAccount(
  core: Core,
  request: HttpRequest,
  sections: readonly AccountSection[],
): Promise<HttpResponse> {
  const { basePath } = core.options;
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const signedIn = await loadSession(core, request, core.clock.nowSeconds());
  if (signedIn === undefined) return redirect(`${basePath}/sign-in`);
  const browser = markBrowser(core, request);
  const after = parameters.get('after');
  const sealed = parameters.get('told');
  const { taken, ...notice } = readNotice(core, signedIn.account, sealed);
  const undo = undoForm(core, browser.id, signedIn, taken, core.clock.nowSeconds());
  const grants = await core.store.grants.list(signedIn.account.id, {
    limit: pageSize,
    ...(after !== undefined ? { after } : {}),
  });
  const connections = await Promise.all(
    grants.items.map((consent) => connectionView(core, consent, signedIn, browser.id)),
  );
  // The pages that follow also offer the undo.
  const stays =
    undo === undefined || sealed === undefined ? '' : `&told=${encodeURIComponent(sealed)}`;
  const now = core.clock.nowSeconds();
  const shown = await Promise.all(
    sections.map((section) => section(core, signedIn, browser.id, now)),
  );
  const html = core.pages.account({
    account: { email: signedIn.account.email, name: signedIn.account.name },
    connections,
    changePassword: `${basePath}/account/password`,
    ...(core.options.sendsMail ? { changeEmail: `${basePath}/account/email` } : {}),
    security: basePath + securityPath,
    signOut: {
      action: `${basePath}/sign-out`,
      fields: { csrf: formMark(core, browser.id, `sign-out ${signedIn.session.id}`) },
    },
    ...(grants.next !== undefined
      ? { next: `${basePath}/account?after=${encodeURIComponent(grants.next)}${stays}` }
      : {}),
    ...termsView(core, signedIn.account, now),
    ...Object.assign({}, ...shown),
    ...notice,
    ...(undo === undefined ? {} : { undo }),
  });
  return page(html, { cookies: browser.cookies });
}

function termsView(core: Core, account: Account, now: number): Pick<AccountView, 'terms'> {
  const { terms } = core.options;
  if (terms === undefined) return {};
  const { url, version } = terms;
  const { accepted } = account;
  return {
    terms: {
      url,
      version,
      ...(accepted === undefined ? {} : { accepted: { version: accepted.terms, at: accepted.at } }),
      ...(lacksTerms(core, account, now) ? { accept: termsAddress(core, {}) } : {}),
    },
  };
}

export async function handleRevokeConnection(
  core: Core,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { basePath } = core.options;
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(`${basePath}/sign-in`);
  assertOwnForm(core, request, parameters, aboutRevoking(signedIn));
  const grantId = requireParameter(parameters, 'grant');
  const { id: accountId } = signedIn.account;
  const named = parameters.get('client') ?? '';
  // Read before the end, so that a client that is changed later gets nothing back.
  const before = await core.store.clients.load(named);
  // The store ends the grant only if it belongs to this account, and returns what it contained.
  const ended = await core.store.grants.end(grantId, accountId, now);
  const clientId = ended?.clientId ?? named;
  if (ended !== undefined)
    core.events.emit({ type: 'grant.ended', accountId, clientId, grantId, by: 'user' });
  const isNamed = clientId === named;
  const client = isNamed ? before : await core.store.clients.load(clientId);
  if (client === undefined) return redirectToAccount(core, signedIn.account, {});
  const taken =
    ended !== undefined && isNamed ? takenBack(ended, client, signedIn, now) : undefined;
  const revoked = { revoked: client.name, ...(taken === undefined ? {} : { taken }) };
  return redirectToAccount(core, signedIn.account, revoked);
}
