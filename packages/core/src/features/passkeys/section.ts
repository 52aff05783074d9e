/** The passkeys of a user, on the security page. */
import type { Core } from '../../kernel/core.ts';
import type { Onward } from '../../kernel/pages/onward.ts';
import { formMark } from '../../kernel/pages/own-form.ts';
import type { SignedIn } from '../../kernel/pages/session.ts';
import type { SecurityPlace } from '../../kernel/routing/feature.ts';
import { challengeSeconds, newChallenge } from '../../kernel/passkeys/challenge.ts';
import type { Passkey } from '../../model/passkey-ports.ts';
import type { PasskeyRequestView, PasskeysView, PasskeyView } from '../../model/pages.ts';

export const paths = {
  add: '/account/passkeys',
  rename: '/account/passkeys/rename',
  remove: '/account/passkeys/remove',
} as const;

/** How many passkeys an account may have: each device of a person, and spare ones. */
export const mostPasskeys = 20;

/** What the forms on the page are about. */
export function aboutPasskeys({ session }: SignedIn): string {
  return `passkeys ${session.id}`;
}

export async function passkeysSection(
  core: Core,
  signedIn: SignedIn,
  browserId: string,
  { first, onward = {} }: SecurityPlace,
): Promise<{ readonly passkeys: PasskeysView }> {
  const passkeys = await core.store.passkeys.list(signedIn.account.id);
  const csrf = formMark(core, browserId, aboutPasskeys(signedIn));
  const hasRoom = passkeys.length < mostPasskeys;
  return {
    passkeys: {
      items: passkeys.map((passkey) => viewOf(core, passkey, csrf)),
      most: mostPasskeys,
      ...(hasRoom && first === undefined
        ? { add: registrationRequest(core, signedIn, browserId, passkeys, { csrf, ...onward }) }
        : {}),
      ...(hasRoom && first !== undefined ? { signInAgain: first } : {}),
    },
  };
}

function viewOf({ options: { basePath } }: Core, passkey: Passkey, csrf: string): PasskeyView {
  const { id, name, createdAt, lastUsedAt, isSyncable, isBackedUp } = passkey;
  return {
    name,
    createdAt,
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    isSyncable,
    isBackedUp,
    rename: { action: basePath + paths.rename, fields: { csrf, id } },
    remove: `${basePath}${paths.remove}?id=${id}`,
  };
}

/** COSE algorithms (RFC 9053 §2): ES256, EdDSA, RS256. */
const algorithms = [-7, -8, -257];

/**
 * Web Authentication §5.4. A passkey of which the authenticator knows the user by itself
 * (`residentKey`), and that never works without checking the user.
 */
function registrationRequest(
  core: Core,
  signedIn: SignedIn,
  browserId: string,
  passkeys: readonly Passkey[],
  fields: { readonly csrf: string } & Onward,
): PasskeyRequestView {
  const { account, session } = signedIn;
  const { rpId } = core.options.passkeys;
  const now = core.clock.nowSeconds();
  return {
    form: { action: core.options.basePath + paths.add, fields: { ...fields } },
    options: JSON.stringify({
      challenge: newChallenge(core, `registration ${browserId} ${session.id}`, now),
      rp: { id: rpId, name: rpId },
      user: {
        id: Buffer.from(account.id).toString('base64url'),
        name: account.email,
        displayName: account.name,
      },
      pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
      timeout: challengeSeconds * 1000,
      attestation: core.passkeys?.attestation ?? 'none',
      authenticatorSelection: {
        residentKey: 'required',
        requireResidentKey: true,
        userVerification: 'required',
      },
      // §5.4: no second passkey on the same authenticator.
      excludeCredentials: passkeys.map(({ id, transports }) => ({
        type: 'public-key',
        id,
        transports,
      })),
    }),
  };
}
