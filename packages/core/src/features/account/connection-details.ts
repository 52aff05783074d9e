/**
 * Single authorization details on the account page: what an application may do with each resource.
 * The user can take one back.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import {
  joinParts,
  partsOf,
  resourceMember,
  resourcesOf,
} from '../../kernel/authorization-details/parts.ts';
import { describeDetail } from '../../kernel/authorization-details/view.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { parseForm, requireParameter } from '../../kernel/http/parameters.ts';
import { redirect } from '../../kernel/http/responses.ts';
import type { Consent } from '../../model/entities.ts';
import type { ConnectionDetailView, FormView } from '../../model/pages.ts';
import type { AuthorizationDetail } from '../../model/terms.ts';
import { assertOwnForm, formMark } from '../../kernel/pages/own-form.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import { redirectToAccount } from '../../kernel/pages/account-notice.ts';
import type { ApiDirectory } from '../../model/services.ts';

/** Each detail as it was requested, with all of its resources that are left. */
export function connectionDetails(
  core: Core,
  consent: Consent,
  signedIn: SignedIn,
  browserId: string,
  apis: ApiDirectory,
): readonly ConnectionDetailView[] {
  const csrf = formMark(core, browserId, aboutWithdrawing(signedIn));
  const takeBack = (part: AuthorizationDetail): FormView => ({
    action: `${core.options.basePath}/account/withdraw`,
    fields: { csrf, grant: consent.id, detail: nameOf(part) },
  });
  return joinParts(consent.terms?.authorizationDetails ?? [], apis).map((detail) => {
    const member = resourceMember(detail, apis);
    const words = describeDetail(detail, apis);
    if (member === undefined) return { ...words, resources: [], takeBack: takeBack(detail) };
    const names = resourcesOf(detail, member);
    const parts = partsOf([detail], apis);
    return {
      ...words,
      resources: parts.map((part, index) => ({
        name: names[index] ?? '',
        takeBack: takeBack(part),
      })),
    };
  });
}

export async function handleWithdrawDetail(
  core: Core,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { basePath } = core.options;
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(`${basePath}/sign-in`);
  assertOwnForm(core, request, parameters, aboutWithdrawing(signedIn));
  const consent = await core.store.grants.find(requireParameter(parameters, 'grant'));
  const { id: accountId } = signedIn.account;
  const name = requireParameter(parameters, 'detail');
  const detail = consent?.terms?.authorizationDetails?.find((one) => nameOf(one) === name);
  // The form was sent twice, or belongs to another user. Nothing can be taken back, and no event is
  // emitted.
  if (consent === undefined || consent.accountId !== accountId || detail === undefined)
    return redirect(`${basePath}/account`);
  if (await core.store.grants.withdraw(consent.id, accountId, detail, now))
    await tellWithdrawn(core, consent, detail, now);
  const client = await core.store.clients.load(consent.clientId);
  const withdrawn = { what: await wordsFor(core, detail), from: client?.name ?? consent.clientId };
  return redirectToAccount(core, signedIn.account, { withdrawn });
}

/** A grant without remaining scopes and details counts as ended. */
async function tellWithdrawn(
  core: Core,
  consent: Consent,
  detail: AuthorizationDetail,
  now: number,
): Promise<void> {
  const { id: grantId, accountId, clientId } = consent;
  core.events.emit({
    type: 'detail.withdrawn',
    accountId,
    clientId,
    grantId,
    detailType: detail.type,
  });
  const left = await core.store.grants.find(grantId);
  const isEmpty = left?.scopes.length === 0 && left.terms?.authorizationDetails === undefined;
  if (isEmpty && (await core.store.grants.end(grantId, accountId, now)))
    core.events.emit({ type: 'grant.ended', accountId, clientId, grantId, by: 'user' });
}

/** The name on the page: the resource, or the whole detail if it has no resource. */
async function wordsFor(core: Core, detail: AuthorizationDetail): Promise<string> {
  const apis = await core.loadApis();
  const member = resourceMember(detail, apis);
  return member === undefined
    ? describeDetail(detail, apis).name
    : (resourcesOf(detail, member)[0] ?? '');
}

function aboutWithdrawing({ session }: SignedIn): string {
  return `withdraw ${session.id}`;
}

function nameOf(part: AuthorizationDetail): string {
  return digest(JSON.stringify(part));
}
