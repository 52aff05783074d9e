/** Forgotten password, first page: the address that the code goes to. */
import { digest } from '@keywright/jwt';
import { knownBrowserOf } from '../../kernel/accounts/known-browser.ts';
import { accountMark } from '../../kernel/accounts/password-check.ts';
import type { Core } from '../../kernel/core.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../../kernel/http/parameters.ts';
import { ownScripts, page, redirect } from '../../kernel/http/responses.ts';
import { makeWork, readWork } from '../../kernel/limits/work.ts';
import { brandOnward } from '../../kernel/pages/brand.ts';
import { onwardOf, pageAddress } from '../../kernel/pages/onward.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { type Refused, refusedPage } from '../../kernel/verification/code-page.ts';
import { sendCode } from '../../kernel/verification/codes.ts';
import { takeCode } from '../../kernel/verification/limits.ts';
import type { Account } from '../../model/entities.ts';
import { OAuthError } from '../../model/errors.ts';
import { networkOf } from '../../rules/network.ts';

const about = 'recover';

export function showRecovery(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  return renderRecovery(core, request, parameters);
}

export async function handleRecovery(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  assertOwnForm(core, request, parameters, about);
  const email = parameters.get('email')?.trim() ?? '';
  try {
    const problem = core.accounts.judgeEmail(email);
    if (problem !== undefined)
      throw new OAuthError('email_unfit', { description: `The address ${problem}.` });
    const flow = await askForCode(core, request, parameters, email);
    return redirect(pageAddress(core, '/recover/code', { flow, ...onwardOf(parameters) }));
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const decision = emitRefusal(core, request, 'code.refused', error);
    return renderRecovery(core, request, parameters, { email, error, decision });
  }
}

/**
 * The same work for each address, whether or not it has an account (ASVS 6.3.8). Throws throttled.
 */
async function askForCode(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  email: string,
): Promise<string> {
  const now = core.clock.nowSeconds();
  const emailKey = core.accounts.emailKey(email);
  const { remoteAddress } = request;
  const knownBrowser = knownBrowserOf(core, request, email);
  const work = await readWork(core, markBrowser(core, request).id, about, parameters);
  await takeCode(core, { emailKey, remoteAddress, knownBrowser, work }, now);
  const account = await core.store.accounts.loadByEmailKey(emailKey);
  const isReader = account?.status === 'active';
  const network = networkOf(remoteAddress);
  const flow = await sendCode(
    core,
    {
      purpose: 'recovery',
      email,
      of: isReader ? stateOf(account) : core.newSecret(),
      path: '/recover/code',
      browserId: markBrowser(core, request).id,
      mail: {
        to: { email: account?.email ?? email, name: account?.name ?? email },
        reader: isReader ? 'code' : 'nobody',
        content: (code, address) => ({ kind: 'recovery', code, address, network }),
      },
    },
    now,
  );
  core.events.emit({
    type: 'code.sent',
    kind: 'recovery',
    account: accountMark(core, emailKey),
    network,
    ...(isReader ? { accountId: account.id } : {}),
  });
  return flow;
}

/** A recovery ends when the password changes: of two at once, the first one counts. */
export function stateOf({ passwordHash }: Account): string {
  return digest(`recovery of ${passwordHash}`);
}

/** Also where a code is void: then with the address that it was sent to. */
export async function renderRecovery(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  refused?: Refused & { readonly email?: string },
): Promise<HttpResponse> {
  const browser = markBrowser(core, request);
  const isKnown = knownBrowserOf(core, request, refused?.email ?? '') !== undefined;
  const isNeeded = !isKnown && refused?.error.reason === 'throttled';
  const work = isNeeded ? await makeWork(core, browser.id, about) : undefined;
  const onward = onwardOf(parameters);
  const html = core.pages.recovery({
    ...(await brandOnward(core, onward)),
    form: {
      action: `${core.options.basePath}/recover`,
      fields: { csrf: formMark(core, browser.id, about), ...onward },
    },
    email: refused?.email ?? '',
    signIn: pageAddress(core, '/sign-in', onward),
    ...(work === undefined ? {} : { work }),
    ...(refused === undefined ? {} : { error: refused.error.message, decision: refused.decision }),
  });
  return page(html, {
    cookies: browser.cookies,
    ...(work === undefined ? {} : { scriptSource: ownScripts }),
    ...refusedPage(refused),
  });
}
