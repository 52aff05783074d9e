/** Realistic views for the tests and for the pictures of the documentation. */
import type {
  AccountView,
  ClientView,
  ConsentView,
  DeviceCodeView,
  DeviceConfirmationView,
  ErrorView,
  PasswordChangeView,
  SignedOutView,
  SignInView,
  SignOutView,
} from '@keywright/core';
import {
  hostileResources,
  mixedDetails,
  oneResource,
  sampleDetail,
  twelveResources,
} from './sample-details.ts';
import { openIdScopes } from '@keywright/wire';

/** 24 November 2026, 09:30 UTC. */
export const sampleNow = Date.UTC(2026, 10, 24, 9, 30) / 1000;

const day = 86_400;
const account = { email: 'ada@example.com', name: 'Ada Byron' };
const form = { action: '/form', fields: { request: 'sealed-request', csrf: 'token' } };

export const heatlens: ClientView = {
  name: 'Heatlens',
  publisher: 'Nordwind Analytics GmbH',
  homepage: 'https://heatlens.example/',
  returnHost: 'app.heatlens.example',
  trust: 'third-party',
};

export const sampleSignIn: SignInView = { form, client: heatlens, email: '' };
export const sampleSignInError: SignInView = {
  ...sampleSignIn,
  email: 'ada@example.com',
  error: 'The e-mail address or the password is wrong.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};
export const sampleSignInAlone: SignInView = { form, email: '' };

export const sampleConsent: ConsentView = {
  form,
  client: heatlens,
  account,
  groups: [
    {
      api: 'Your account',
      scopes: [
        { name: 'openid', description: 'Know who you are', optional: false, granted: false },
        { name: 'profile', description: openIdScopes.profile, optional: false, granted: false },
      ],
    },
    {
      api: 'Sunrise Buildings',
      scopes: [
        { name: 'buildings:read', description: 'See the buildings you own', optional: false, granted: false },
        {
          name: 'measurements:read',
          description: 'Read the measurements of your buildings',
          optional: false,
          granted: false,
        },
        { name: 'buildings:write', description: 'Rename your buildings', optional: true, granted: false },
      ],
    },
  ],
  details: [],
  lifetime: { idleDays: 30, absoluteDays: 365 },
  switchAccount: '/switch?request=sealed',
};

export const sampleConsentDetails: ConsentView = { ...sampleConsent, details: mixedDetails };
export const sampleConsentOneResource: ConsentView = { ...sampleConsent, groups: [], details: oneResource };
export const sampleConsentManyResources: ConsentView = { ...sampleConsent, details: twelveResources };
export const sampleConsentHostileResources: ConsentView = { ...sampleConsent, details: hostileResources };

export const sampleConsentFirstParty: ConsentView = {
  ...sampleConsent,
  client: {
    name: 'Sunrise Mobile',
    publisher: 'Sunrise Buildings',
    homepage: 'https://sunrise.example/mobile',
    returnHost: 'mobile.sunrise.example',
    trust: 'first-party',
  },
  groups: sampleConsent.groups.map((group) => ({
    ...group,
    scopes: group.scopes.map((scope) => ({ ...scope, granted: scope.name !== 'buildings:write' })),
  })),
};

export const sampleConsentUnverified: ConsentView = {
  ...sampleConsent,
  client: {
    name: 'Thermo Buddy',
    publisher: 'Thermo Labs',
    homepage: 'https://thermo.example/',
    returnHost: 'thermo-buddy.example.net',
    trust: 'unverified',
  },
  lifetime: undefined,
};

/** One whose id is the address of its description, which leads to another place and has changed. */
export const sampleConsentAddress: ConsentView = {
  ...sampleConsent,
  client: {
    name: 'Aria Assistant',
    returnHost: 'login.aria-helper.example.net',
    trust: 'unverified',
    verifiedHost: 'agents.aria.example',
    hasChanged: true,
    links: { policy: 'https://agents.aria.example/privacy', terms: 'https://agents.aria.example/terms' },
  },
};

export const sampleAccount: AccountView = {
  account,
  connections: [
    {
      client: {
        name: 'Heatlens',
        publisher: 'Nordwind Analytics GmbH',
        homepage: 'https://heatlens.example/',
      },
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
      scopes: [{ name: 'buildings:read', description: 'See the buildings you own' }],
      details: [],
      connectedAt: sampleNow - 400 * day,
      lastUsedAt: sampleNow - 75 * day,
      revoke: { action: '/account/revoke', fields: { grant: 'grt_2', csrf: 'token' } },
    },
  ],
  next: '/account?after=grt_2',
  signOut: { action: '/logout', fields: { csrf: 'token' } },
  changePassword: '/account/password',
};

export const sampleAccountWithdrawn: AccountView = {
  ...sampleAccount,
  withdrawn: { what: 'b-103', from: 'Heatlens' },
};

export const sampleAccountRevoked: AccountView = {
  ...sampleAccount,
  connections: sampleAccount.connections.slice(1),
  revoked: 'Heatlens',
};

export const sampleAccountEmpty: AccountView = {
  account,
  connections: [],
  signOut: sampleAccount.signOut,
  changePassword: sampleAccount.changePassword,
};

export const sampleAccountPasswordChanged: AccountView = { ...sampleAccount, passwordChanged: true };

export const samplePasswordChange: PasswordChangeView = {
  form: { action: '/account/password', fields: { csrf: 'token' } },
  account,
  stay: '/account',
};
export const samplePasswordChangeError: PasswordChangeView = {
  ...samplePasswordChange,
  error: 'The new password is one of the passwords that are tried first; choose another.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};

const { returnHost: _, ...asker } = heatlens;

export const sampleAccountAsked: AccountView = {
  ...sampleAccount,
  waiting: [
    {
      form: { action: '/account/answer', fields: { request: 'digest', csrf: 'token' } },
      client: asker,
      bindingMessage: 'Tariff change 7-Kappa',
      askedAt: sampleNow - 70,
      expiresAt: sampleNow + 230,
      groups: sampleConsent.groups,
      details: sampleConsentDetails.details,
    },
    {
      form: { action: '/account/answer', fields: { request: 'other', csrf: 'token' } },
      client: { name: 'Sunrise Desk', publisher: 'Sunrise Buildings', trust: 'first-party' },
      askedAt: sampleNow - 5,
      expiresAt: sampleNow + 20,
      groups: sampleConsent.groups,
      details: sampleConsentDetails.details,
    },
  ],
};

export const sampleAccountAnswered: AccountView = {
  ...sampleAccount,
  answered: { name: 'Heatlens', approved: true },
};

export const sampleDeviceCode: DeviceCodeView = {
  form: { action: '/device', fields: { csrf: 'token' } },
  account,
  switchAccount: '/sign-in?next=sealed',
  userCode: '',
};
export const sampleDeviceCodeOfLink: DeviceCodeView = { ...sampleDeviceCode, userCode: 'WDJB-MJHT' };
export const sampleDeviceCodeError: DeviceCodeView = {
  ...sampleDeviceCode,
  userCode: 'WDJB-MJHX',
  error: 'No device waits with this code. Look at the device: it may show a new one.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};

export const sampleDeviceConfirmation: DeviceConfirmationView = {
  form: { action: '/device/confirm', fields: { request: 'sealed', csrf: 'token' } },
  client: asker,
  account,
  userCode: 'WDJB-MJHT',
  askedAt: sampleNow - 200,
  network: '203.0.113.7',
  isSameNetwork: true,
  groups: sampleConsent.groups,
  details: [],
  lifetime: sampleConsent.lifetime,
};
export const sampleDeviceConfirmationElsewhere: DeviceConfirmationView = {
  ...sampleDeviceConfirmation,
  network: '2001:db8:7:4::/64',
  isSameNetwork: false,
};

export const sampleSignOut: SignOutView = {
  form: { action: '/logout', fields: { csrf: 'token' } },
  account: { email: account.email },
  stay: '/account',
};

export const sampleSignOutAsked: SignOutView = { ...sampleSignOut, client: { name: heatlens.name } };

export const sampleSignedOut: SignedOutView = {
  frames: [],
  goOn: {
    address: 'https://app.heatlens.example/signed-out?state=af0ifjsldkj',
    name: heatlens.name,
    host: heatlens.returnHost,
  },
};

export const sampleErrorOfStranger: ErrorView = {
  status: 400,
  title: 'This request cannot go on',
  text: 'A requested scope is unknown, or not open to this client.',
  reason: 'scope_invalid',
  decision: 'dec_4Qm1vS8kT2xW',
  goOn: {
    address: 'https://thermo-buddy.example.net/callback?error=invalid_scope',
    name: 'Thermo Buddy',
    host: 'thermo-buddy.example.net',
  },
};

export const sampleError: ErrorView = {
  status: 400,
  title: 'This request cannot be answered',
  text: 'The return address does not belong to the application that sent you here.',
  reason: 'redirect_uri_mismatch',
  decision: 'dec_4Qm1vS8kT2xW',
};
