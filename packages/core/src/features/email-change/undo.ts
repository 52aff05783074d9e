/**
 * The link in the notice to a former address. It opens a page that asks. Opening it changes
 * nothing. No sign-in is needed, because an attacker who changed the address may also have changed
 * the password.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../../kernel/http/parameters.ts';
import { page } from '../../kernel/http/responses.ts';
import { makeMail } from '../../kernel/mail/mail.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { type Refused, refusedPage } from '../../kernel/verification/code-page.ts';
import type { FormerEmail, RestoredEmail } from '../../model/email-ports.ts';
import { OAuthError } from '../../model/errors.ts';
import type { EmailUndoView } from '../../model/pages.ts';
import { networkOf } from '../../rules/network.ts';

export const undoPath = '/account/email/undo';
const about = 'email-undo';

/** The id is a part of a digest, so it does not reveal the secret. */
export function formerEmailIdOf(secret: string): string {
  return `fem_${digest(`former email ${secret}`).slice(0, 22)}`;
}

export async function showEmailUndo(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  try {
    return renderEmailUndo(core, request, parameters, await readChange(core, parameters));
  } catch (error) {
    return renderRefused(core, request, parameters, error);
  }
}

export async function handleEmailUndo(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  assertOwnForm(core, request, parameters, about);
  const now = core.clock.nowSeconds();
  try {
    const former = await readChange(core, parameters);
    const { id: formerId, accountId } = former;
    const account = await core.store.accounts.load(accountId);
    if (account === undefined) throw new OAuthError('undo_expired');
    const network = networkOf(request.remoteAddress);
    const { email } = former;
    const since = distrustedSince(former);
    const content = { kind: 'email_restored', email, since, network } as const;
    const mails = [account, { ...account, email }].flatMap(
      (reader) => makeMail(core, reader, content, now) ?? [],
    );
    const restored = await core.store.formerEmails.restore(formerId, mails, now);
    if (restored.outcome === 'taken') throw new OAuthError('account_exists');
    if (restored.outcome === 'gone') throw new OAuthError('undo_expired');
    core.events.emit({ type: 'account.email_restored', accountId, network });
    const html = core.pages.emailUndo({
      email,
      since,
      isUndone: true,
      removed: await removedBy(core, restored),
      recover: `${core.options.basePath}/recover`,
    });
    return page(html);
  } catch (error) {
    return renderRefused(core, request, parameters, error);
  }
}

function distrustedSince({ trustedUntil, changedAt }: FormerEmail): number {
  return trustedUntil ?? changedAt;
}

/** For an owner who had added some of it. */
async function removedBy(
  core: Core,
  restored: RestoredEmail,
): Promise<NonNullable<EmailUndoView['removed']>> {
  const { passkeys, hadSecondFactor, clientIds } = restored;
  const applications = await Promise.all(
    clientIds.map(async (id) => (await core.store.clients.load(id))?.name ?? id),
  );
  return { passkeys, hasSecondFactor: hadSecondFactor, applications };
}

/** Throws undo_expired. */
async function readChange(core: Core, parameters: Parameters): Promise<FormerEmail> {
  const secret = parameters.get('change');
  const now = core.clock.nowSeconds();
  const former =
    secret === undefined
      ? undefined
      : await core.store.formerEmails.load(formerEmailIdOf(secret), now);
  if (former === undefined) throw new OAuthError('undo_expired');
  return former;
}

function renderRefused(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  error: unknown,
): HttpResponse {
  if (!(error instanceof OAuthError)) throw error;
  const decision = emitRefusal(core, request, 'code.refused', error);
  return renderEmailUndo(core, request, parameters, undefined, { error, decision });
}

function renderEmailUndo(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  former: FormerEmail | undefined,
  refused?: Refused,
): HttpResponse {
  const browser = markBrowser(core, request);
  const html = core.pages.emailUndo({
    ...(former === undefined
      ? {}
      : {
          email: former.email,
          since: distrustedSince(former),
          form: {
            action: core.options.basePath + undoPath,
            fields: {
              csrf: formMark(core, browser.id, about),
              change: parameters.get('change') ?? '',
            },
          },
        }),
    isUndone: false,
    recover: `${core.options.basePath}/recover`,
    ...(refused === undefined ? {} : { error: refused.error.message, decision: refused.decision }),
  });
  return page(html, { cookies: browser.cookies, ...refusedPage(refused) });
}
