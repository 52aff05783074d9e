/** The words of each kind of mail. */
import type { Mail, MailContent } from '@keywright/core';
import type { PagesBrand } from '../pages/mark.ts';
import { timeInWords } from '../pages/date.ts';
import { browserOf } from '../pages/browser.ts';

export interface MailSettings {
  /** The operator of this server, as the users know it. */
  readonly serviceName: string;
  readonly issuer: string;
  readonly supportUrl: string | undefined;
  /** With a whole address. */
  readonly brand?: Pick<PagesBrand, 'logo' | 'accent'>;
}

/** What a mail says. */
export interface MailWords {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** Shown as a list below the first paragraph. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** One link at the end. */
  readonly link: { readonly text: string; readonly url: string } | undefined;
}

type Content<Kind> = Extract<MailContent, { readonly kind: Kind }>;

/** For each kind, so that a kind without words does not compile. */
const words: {
  readonly [Kind in MailContent['kind']]: (
    content: Content<Kind>,
    at: number,
    settings: MailSettings,
  ) => MailWords;
} = {
  recovery: ({ code, address, network }, at, { serviceName }) => ({
    subject: `Reset your ${serviceName} password`,
    paragraphs: [
      'Enter this code on the page where you asked for it.',
      'The code is valid for ten minutes, and only in the browser that asked for it. Never tell anybody the code.',
      'If you did not ask for it, you need not do anything. Your password stays as it is.',
    ],
    facts: [
      ['Code', code],
      ['When', timeInWords(at)],
      ['Network', network],
    ],
    link: { text: 'Open the page for the code', url: address },
  }),
  sign_up: ({ code, address, network }, at, { serviceName }) => ({
    subject: `Create your ${serviceName} account`,
    paragraphs: [
      'Enter this code on the page where you asked for it.',
      'The code is valid for ten minutes, and only in the browser that asked for it. Never tell anybody the code.',
      'If you did not ask for it, you need not do anything. No account is created without the code.',
    ],
    facts: [
      ['Code', code],
      ['When', timeInWords(at)],
      ['Network', network],
    ],
    link: { text: 'Open the page for the code', url: address },
  }),
  sign_up_known: ({ network }, at, { serviceName, issuer }) => ({
    subject: `You already have a ${serviceName} account`,
    paragraphs: [
      `Somebody wanted to create a ${serviceName} account with this address. It has an account already, so none was created.`,
      'If this was you, sign in. If you forgot your password, you can reset it on the sign-in page.',
      'If this was not you, you need not do anything.',
    ],
    facts: [
      ['When', timeInWords(at)],
      ['Network', network],
    ],
    link: { text: 'Sign in', url: `${issuer}/sign-in` },
  }),
  email_change: ({ code, address, network }, at, { serviceName }) => ({
    subject: `Confirm your new ${serviceName} address`,
    paragraphs: [
      `Somebody wants to use this address for a ${serviceName} account. Enter this code on the page where you asked for it.`,
      'The code is valid for ten minutes, and only in the browser that asked for it. Never tell anybody the code.',
      'If you did not ask for it, you need not do anything.',
    ],
    facts: [
      ['Code', code],
      ['When', timeInWords(at)],
      ['Network', network],
    ],
    link: { text: 'Open the page for the code', url: address },
  }),
  email_changed: ({ email, network, undo, expiresAt }, at, { serviceName }) => ({
    subject: `Your ${serviceName} e-mail address was changed`,
    paragraphs: [
      `The e-mail address of your ${serviceName} account was changed. Mails no longer go to this address.`,
      'If this was you, you need not do anything.',
      `If this was not you, undo the change, and then set a new password. You can do so until ${timeInWords(expiresAt)}.`,
    ],
    facts: [
      ['New address', email],
      ['When', timeInWords(at)],
      ['Network', network],
    ],
    link: { text: 'Undo the change', url: undo },
  }),
  email_restored: ({ email, network, since }, at, { serviceName }) => ({
    subject: `Your ${serviceName} e-mail address was changed back`,
    paragraphs: [
      `The change of the e-mail address of your ${serviceName} account was undone, from the former address. All sign-ins have ended. Passkeys, an authenticator app and connections to applications that were added since ${timeInWords(since)} are removed.`,
      'Mails of the account go to the former address again. If you added one of these things yourself, add it again after you have set a new password.',
    ],
    facts: [
      ['Address', email],
      ['When', timeInWords(at)],
      ['Network', network],
    ],
    link: undefined,
  }),
  invitation: ({ address, expiresAt }, _at, { serviceName }) => ({
    subject: `You are invited to ${serviceName}`,
    paragraphs: [
      `You are invited to create a ${serviceName} account with this address.`,
      'The invitation can be used once. If you do not know why you got it, you need not do anything.',
    ],
    facts: [['Valid until', timeInWords(expiresAt)]],
    link: { text: 'Create your account', url: address },
  }),
  second_factor: ({ change, by, network }, at, settings) => {
    const { serviceName, issuer } = settings;
    const [subject, what] = secondFactorWords(change, by, serviceName);
    return {
      subject,
      paragraphs: [
        what,
        'If this was you, you need not do anything.',
        'If this was not you, somebody else knows your password. Change it now, and look at your sign-in settings.',
      ],
      facts: [
        ['When', timeInWords(at)],
        ...(network === undefined ? [] : [['Network', network] as const]),
      ],
      link: { text: 'See how you sign in', url: `${issuer}/account/security` },
    };
  },
  new_browser: ({ network, userAgent }, at, { serviceName, issuer }) => ({
    subject: `New sign-in to ${serviceName}`,
    paragraphs: [
      `Your ${serviceName} account was signed in to with a browser that was not used before.`,
      'If this was you, you need not do anything.',
      'If this was not you, change your password now. This ends every other sign-in.',
    ],
    facts: [
      ['When', timeInWords(at)],
      ['Browser', browserOf(userAgent)],
      ['Network', network],
    ],
    link: { text: 'Change your password', url: `${issuer}/account/password` },
  }),
  passkey_added: ({ passkey, network }, at, { serviceName, issuer }) => ({
    subject: `A passkey was added to your ${serviceName} account`,
    paragraphs: [
      `A passkey was added to your ${serviceName} account. It can sign in without your password.`,
      'If this was you, you need not do anything.',
      'If this was not you, remove the passkey now, and change your password.',
    ],
    facts: [
      ['When', timeInWords(at)],
      ['Passkey', passkey],
      ['Network', network],
    ],
    link: { text: 'See your passkeys', url: `${issuer}/account/security` },
  }),
  passkey_removed: ({ passkey, network }, at, { serviceName, issuer }) => ({
    subject: `A passkey was removed from your ${serviceName} account`,
    paragraphs: [
      `A passkey of your ${serviceName} account was removed. It can no longer sign in.`,
      'If this was you, you need not do anything. You can delete the passkey on your device too.',
      'If this was not you, sign in now, change your password and look at your passkeys.',
    ],
    facts: [
      ['When', timeInWords(at)],
      ['Passkey', passkey],
      ['Network', network],
    ],
    link: { text: 'See your passkeys', url: `${issuer}/account/security` },
  }),
  password_changed: ({ by, network }, at, { serviceName, supportUrl }) => ({
    subject: `Your ${serviceName} password was changed`,
    paragraphs: [
      by === 'user'
        ? `The password of your ${serviceName} account was changed.`
        : `An administrator set a new password for your ${serviceName} account.`,
      'If you know about this, you need not do anything.',
      `If you do not know about this, somebody else may have your account. Contact ${
        supportUrl === undefined ? `the support of ${serviceName}` : 'support'
      } now.`,
    ],
    facts: [
      ['When', timeInWords(at)],
      ...(network === undefined ? [] : [['Network', network] as const]),
    ],
    link: supportUrl === undefined ? undefined : { text: 'Contact support', url: supportUrl },
  }),
};

function secondFactorWords(
  change: Content<'second_factor'>['change'],
  by: Content<'second_factor'>['by'],
  serviceName: string,
): readonly [subject: string, what: string] {
  switch (change) {
    case 'added':
      return [
        `An authenticator app was added to your ${serviceName} account`,
        `From now on, signing in to your ${serviceName} account needs your password and a code of the app. All other sign-ins have ended.`,
      ];
    case 'removed':
      return [
        `The authenticator app of your ${serviceName} account was removed`,
        by === 'user'
          ? `Signing in to your ${serviceName} account no longer needs a code. The recovery codes are void.`
          : `An administrator removed the authenticator app of your ${serviceName} account. Signing in no longer needs a code. The recovery codes are void.`,
      ];
    case 'recovery_code_used':
      return [
        `A recovery code of your ${serviceName} account was used`,
        `Somebody signed in to your ${serviceName} account with your password and a recovery code. This code is used up.`,
      ];
    case 'recovery_codes_replaced':
      return [
        `Your ${serviceName} account has new recovery codes`,
        `New recovery codes were made for your ${serviceName} account. The former ones are void.`,
      ];
  }
}

export function wordsOf({ content, at }: Mail, settings: MailSettings): MailWords {
  return (words[content.kind] as (...args: [MailContent, number, MailSettings]) => MailWords)(
    content,
    at,
    settings,
  );
}
