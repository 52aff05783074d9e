/**
 * What a page asks a browser for: a passkey to sign in with (Web Authentication §5.5). It does not
 * say which passkeys exist, so it is the same for all users.
 */
import type { PasskeyRequestView } from '../../model/pages.ts';
import type { Core } from '../core.ts';
import { challengeSeconds, newChallenge } from './challenge.ts';

/** Whether users can sign in with passkeys at this server. */
export function takesPasskeys({ options, passkeys }: Pick<Core, 'options' | 'passkeys'>): boolean {
  return options.features.passkeys && passkeys !== undefined;
}

/** The hidden field in which a browser returns what an authenticator has signed. */
export const passkeyField = 'passkey';

export function signInOptions(core: Core, browserId: string, now: number): string {
  return JSON.stringify({
    challenge: newChallenge(core, `sign-in ${browserId}`, now),
    rpId: core.options.passkeys.rpId,
    timeout: challengeSeconds * 1000,
    userVerification: 'required',
    allowCredentials: [],
  });
}

/**
 * For the sign-in page: a form that a script of this server fills. `fields` are those of the page.
 */
export function signInRequest(
  core: Core,
  browserId: string,
  fields: Readonly<Record<string, string>>,
  now: number,
): PasskeyRequestView {
  return {
    form: { action: `${core.options.basePath}/sign-in/passkey`, fields },
    options: signInOptions(core, browserId, now),
  };
}
