/** The authenticator app of a user, on the security page. */
import type { Core } from '../../kernel/core.ts';
import type { FormView, TotpView } from '../../model/pages.ts';
import { pageAddress } from '../../kernel/pages/onward.ts';
import { formMark } from '../../kernel/pages/own-form.ts';
import type { SignedIn } from '../../kernel/pages/session.ts';
import type { SecurityPlace } from '../../kernel/routing/feature.ts';

export const paths = {
  add: '/account/totp',
  remove: '/account/totp/remove',
  codes: '/account/recovery-codes',
} as const;

/** What the forms of the security page are about. */
export function aboutTotp({ session }: SignedIn): string {
  return `totp ${session.id}`;
}

export async function totpSection(
  core: Core,
  signedIn: SignedIn,
  browserId: string,
  { first, onward = {} }: SecurityPlace,
): Promise<{ readonly totp: TotpView }> {
  const { basePath } = core.options;
  const factor = await core.store.secondFactors.load(signedIn.account.id);
  const again = first === undefined ? {} : { signInAgain: first };
  if (factor === undefined)
    return { totp: first === undefined ? { add: pageAddress(core, paths.add, onward) } : again };
  const csrf = formMark(core, browserId, aboutTotp(signedIn));
  const form = (path: string): FormView => ({ action: basePath + path, fields: { csrf } });
  return {
    totp: {
      app: {
        addedAt: factor.createdAt,
        recoveryCodesLeft: factor.recoveryCodesLeft,
        ...(first === undefined
          ? { remove: form(paths.remove), renewCodes: form(paths.codes) }
          : {}),
      },
      ...again,
    },
  };
}
