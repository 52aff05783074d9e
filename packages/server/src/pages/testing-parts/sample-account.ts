/**
 * Realistic views of the account pages, for the tests and for the pictures of the documentation.
 */
import type {
  AccountView,
  ConnectionPageView,
  ConnectionView,
  CodeView,
  EmailChangeView,
  EmailUndoView,
  JoiningView,
  NewPasswordView,
  PasswordChangeView,
  RecoveryView,
  SignUpView,
  TermsView,
} from '@keywright/core';
import { sampleDetail } from './sample-details.ts';
import {
  account,
  heatlens,
  requester,
  sampleConsent,
  sampleConsentDetails,
  sampleNow,
} from './sample-requests.ts';

const day = 86_400;

export const sampleAccount: AccountView = {
  account,
  connections: [
    {
      client: {
        name: 'Heatlens',
        publisher: 'Nordwind Analytics GmbH',
        homepage: 'https://heatlens.example/',
      },
      address: '/account/connection?grant=grt_1',
      scopes: [
        { name: 'buildings:read', description: 'See the buildings you own' },
        { name: 'measurements:read', description: 'Read the measurements of your buildings' },
        { name: 'buildings:write', description: 'Rename your buildings' },
      ],
      details: [
        {
          ...sampleDetail([]),
          resources: ['b-101', 'b-102'].map((name) => ({
            name,
            takeBack: {
              action: '/account/withdraw',
              fields: { grant: 'grt_1', detail: name, csrf: 'token' },
            },
          })),
        },
      ],
      connectedAt: sampleNow - 41 * day,
      lastUsedAt: sampleNow - 3 * 3600,
      revoke: { action: '/account/revoke', fields: { grant: 'grt_1', csrf: 'token' } },
    },
    {
      client: { name: 'Thermo Buddy', publisher: 'Thermo Labs' },
      address: '/account/connection?grant=grt_2',
      scopes: [{ name: 'buildings:read', description: 'See the buildings you own' }],
      details: [],
      connectedAt: sampleNow - 400 * day,
      lastUsedAt: sampleNow - 75 * day,
      revoke: { action: '/account/revoke', fields: { grant: 'grt_2', csrf: 'token' } },
    },
  ],
  next: '/account?after=grt_2',
  signOut: { action: '/logout', fields: { csrf: 'token' } },
  security: '/account/security',
  changePassword: '/account/password',
  changeEmail: '/account/email',
};

export const sampleConnection: ConnectionPageView = {
  account,
  connection: sampleAccount.connections[0] as ConnectionView,
  back: '/account',
};

export const sampleAccountWithdrawn: AccountView = {
  ...sampleAccount,
  withdrawn: { what: 'b-103', from: 'Heatlens' },
};

export const sampleAccountRevoked: AccountView = {
  ...sampleAccount,
  connections: sampleAccount.connections.slice(1),
  revoked: 'Heatlens',
  undo: { action: '/account/undo', fields: { csrf: 'token', taken: 'sealed' } },
};
export const sampleAccountUndone: AccountView = { ...sampleAccount, undone: 'Heatlens' };
export const sampleAccountTooLate: AccountView = { ...sampleAccount, undoRefused: true };

export const sampleAccountEmpty: AccountView = {
  account,
  security: '/account/security',
  connections: [],
  signOut: sampleAccount.signOut,
  changePassword: sampleAccount.changePassword,
};

export const sampleAccountPasswordChanged: AccountView = {
  ...sampleAccount,
  passwordChanged: true,
};

export const samplePasswordChange: PasswordChangeView = {
  form: { action: '/account/password', fields: { csrf: 'token' } },
  account,
  stay: '/account',
};
export const samplePasswordChangeError: PasswordChangeView = {
  ...samplePasswordChange,
  error:
    'The current password is wrong. The new password is a common password that attackers try first. Choose another one.',
  faults: [
    { control: 'password', text: 'The current password is wrong.' },
    {
      control: 'new_password',
      text: 'The new password is a common password that attackers try first. Choose another one.',
    },
  ],
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};

export const sampleRecovery: RecoveryView = {
  form: { action: '/recover', fields: { csrf: 'token' } },
  email: '',
  signIn: '/sign-in',
};
export const sampleRecoveryError: RecoveryView = {
  ...sampleRecovery,
  email: account.email,
  error: 'This code has expired, was used, or was typed wrongly too often. Ask for a new one.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};
export const sampleCode: CodeView = {
  purpose: 'recovery',
  form: { action: '/recover/code', fields: { csrf: 'token', flow: 'sealed' } },
  email: account.email,
  again: '/recover',
};
export const sampleCodeError: CodeView = {
  ...sampleCode,
  error: 'The code is wrong. You have 4 more tries.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};
export const sampleCodeElsewhere: CodeView = {
  purpose: 'recovery',
  email: account.email,
  again: '/recover',
};
export const sampleNewPassword: NewPasswordView = {
  form: { action: '/recover/password', fields: { csrf: 'token', proof: 'sealed' } },
  account,
};
export const sampleNewPasswordError: NewPasswordView = {
  ...sampleNewPassword,
  error: 'The new password must be at least 8 characters long. The two new passwords differ.',
  faults: [
    { control: 'new_password', text: 'The new password must be at least 8 characters long.' },
    { control: 'new_password_again', text: 'The two new passwords differ.' },
  ],
};

export const sampleSignUp: SignUpView = {
  form: { action: '/sign-up', fields: { csrf: 'token' } },
  email: '',
  isInvited: false,
  signIn: '/sign-in',
};
export const sampleSignUpError: SignUpView = {
  ...sampleSignUp,
  email: 'joan@example',
  error: 'The address has no valid domain after the @.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};
export const sampleSignUpInvited: SignUpView = {
  ...sampleSignUp,
  email: account.email,
  isInvited: true,
};
export const sampleSignUpClosed: SignUpView = {
  email: '',
  isInvited: false,
  signIn: '/sign-in',
  error: 'This invitation was used, was withdrawn, or has expired. Ask for a new one.',
};
export const sampleCodeOfSignUp: CodeView = {
  purpose: 'sign_up',
  form: { action: '/sign-up/code', fields: { csrf: 'token', flow: 'sealed' } },
  email: account.email,
  again: '/sign-up',
};
export const sampleJoining: JoiningView = {
  form: { action: '/sign-up/account', fields: { csrf: 'token', proof: 'sealed' } },
  email: account.email,
  name: '',
  terms: { url: 'https://sunrise.example/terms', isAccepted: false },
};
export const sampleJoiningError: JoiningView = {
  ...sampleJoining,
  name: account.name,
  error: 'The password must be at least 8 characters long. Accept the terms to create an account.',
  faults: [
    { control: 'new_password', text: 'The password must be at least 8 characters long.' },
    { control: 'terms', text: 'Accept the terms to create an account.' },
  ],
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};

export const sampleTerms: TermsView = {
  form: { action: '/sign-in/terms', fields: { csrf: 'token', version: '2026-12-01' } },
  account,
  terms: { url: 'https://sunrise.example/terms', version: '2026-12-01' },
  isChanged: true,
  client: heatlens,
  refuse: { action: '/sign-in/refuse', fields: { csrf: 'token', request: 'sealed' } },
};
export const sampleTermsAlone: TermsView = {
  form: sampleTerms.form,
  account,
  terms: sampleTerms.terms,
  isChanged: false,
  later: '/account',
};
export const sampleAccountTerms: AccountView = {
  ...sampleAccount,
  terms: {
    ...sampleTerms.terms,
    accepted: { version: '2026-01-01', at: sampleNow - 90 * 86_400 },
    accept: '/sign-in/terms',
  },
};
export const sampleAccountEmailChanged: AccountView = { ...sampleAccount, emailChanged: true };
export const sampleEmailChange: EmailChangeView = {
  form: { action: '/account/email', fields: { csrf: 'token' } },
  account,
  email: '',
  stay: '/account',
};
export const sampleEmailChangeError: EmailChangeView = {
  ...sampleEmailChange,
  email: account.email,
  error: 'Your account has this address already.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};
export const sampleEmailUndo: EmailUndoView = {
  form: { action: '/account/email/undo', fields: { csrf: 'token', change: 'secret' } },
  email: account.email,
  since: Date.UTC(2026, 10, 26) / 1000,
  isUndone: false,
  recover: '/recover',
};
export const sampleEmailUndone: EmailUndoView = {
  email: account.email,
  since: Date.UTC(2026, 10, 26) / 1000,
  isUndone: true,
  removed: {
    passkeys: ['Bitwarden', 'Key of a thief'],
    hasSecondFactor: true,
    applications: ['Heatlens'],
  },
  recover: '/recover',
};
export const sampleEmailUndoLate: EmailUndoView = {
  isUndone: false,
  recover: '/recover',
  error: 'This change was undone before, or it is too late to undo it.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};

export const sampleAccountAsked: AccountView = {
  ...sampleAccount,
  waiting: [
    {
      form: { action: '/account/answer', fields: { request: 'digest', csrf: 'token' } },
      client: requester,
      bindingMessage: 'Tariff change 7-Kappa',
      askedAt: sampleNow - 70,
      expiresAt: sampleNow + 230,
      lifetime: { idleDays: 30, absoluteDays: 365, signOut: 'changes-nothing' },
      groups: sampleConsent.groups,
      details: sampleConsentDetails.details,
    },
    {
      form: { action: '/account/answer', fields: { request: 'other', csrf: 'token' } },
      client: { name: 'Sunrise Desk', publisher: 'Sunrise Buildings', trust: 'first-party' },
      askedAt: sampleNow - 5,
      expiresAt: sampleNow + 20,
      lifetime: undefined,
      groups: sampleConsent.groups,
      details: sampleConsentDetails.details,
    },
  ],
};

export const sampleAccountAnswered: AccountView = {
  ...sampleAccount,
  answered: { name: 'Heatlens', approved: true },
};

/**
 * The page as it is when its script runs in a browser that knows passkeys, and everything is
 * opened.
 */
export function asScripted(document: string): string {
  return document
    .replaceAll(/(<form [^>]*data-passkey[^>]*) hidden>/g, '$1>')
    .replaceAll(/ data-without-passkeys>/g, ' hidden>')
    .replaceAll(/(<div class="work"[^>]*) hidden>/g, '$1>')
    .replaceAll(/data-done="([^"]*)"><\/p>/g, '>$1</p>')
    .replaceAll('<details>', '<details open>')
    .replaceAll(/<script [^>]*><\/script>/g, '');
}
