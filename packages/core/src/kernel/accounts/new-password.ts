/** A new password, typed twice on a page. */
import type { Core } from '../core.ts';
import { waitOutside } from '../limits/external-waits.ts';
import { OAuthError } from '../../model/errors.ts';
import type { PasswordFaultView } from '../../model/pages.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Parameters } from '../http/parameters.ts';
import { networksAround } from '../../rules/network.ts';

/**
 * Typed twice, because the page does not show it. Every fault is reported at once, because the page
 * cannot keep what was typed.
 */
export async function judgeNewPassword(
  core: Core,
  email: string,
  parameters: Parameters,
): Promise<readonly PasswordFaultView[]> {
  const password = parameters.get('new_password') ?? '';
  const problem = await core.accounts.judgePassword(email, password);
  const isSame = password === (parameters.get('new_password_again') ?? '');
  return [
    ...(problem === undefined
      ? []
      : [{ control: 'new_password', text: `The new password ${problem}.` } as const]),
    ...(isSame
      ? []
      : [{ control: 'new_password_again', text: 'The two new passwords differ.' } as const]),
  ];
}

/**
 * Hashes beside the checks of passwords, and no network has more than its part of them. The caller
 * has checked everything (`judgeNewPassword`). Throws overloaded.
 */
export async function hashNewPassword(
  core: Core,
  { remoteAddress }: HttpRequest,
  parameters: Parameters,
): Promise<string> {
  const password = parameters.get('new_password') ?? '';
  const result = await core.passwordSemaphore.use(networksAround(remoteAddress), async () =>
    waitOutside(core.externalWaits, core.accounts.hashPassword(password)),
  );
  if (result.outcome === 'busy')
    throw new OAuthError('overloaded', { retryAfterSeconds: result.retryAfterSeconds });
  return result.passwordHash;
}
