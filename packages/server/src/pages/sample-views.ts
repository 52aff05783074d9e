/** Realistic views for the tests and for the pictures of the documentation. */
import type {
  AccountView,
  ClientView,
  ConsentView,
  ErrorView,
  SignInView,
  SignOutView,
} from '@keywright/core';

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
        { name: 'profile', description: 'See your name', optional: false, granted: false },
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
  lifetime: { idleDays: 30, absoluteDays: 365 },
  switchAccount: '/switch?request=sealed',
};

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
      connectedAt: sampleNow - 41 * day,
      lastUsedAt: sampleNow - 3 * 3600,
      revoke: { action: '/account/revoke', fields: { grant: 'grt_1', csrf: 'token' } },
    },
    {
      client: { name: 'Thermo Buddy', publisher: 'Thermo Labs' },
      scopes: [{ name: 'buildings:read', description: 'See the buildings you own' }],
      connectedAt: sampleNow - 400 * day,
      lastUsedAt: sampleNow - 75 * day,
      revoke: { action: '/account/revoke', fields: { grant: 'grt_2', csrf: 'token' } },
    },
  ],
  next: '/account?after=grt_2',
  signOut: { action: '/logout', fields: { csrf: 'token' } },
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
};

export const sampleSignOut: SignOutView = {
  form: { action: '/logout', fields: { csrf: 'token' } },
  account: { email: account.email },
};

export const sampleError: ErrorView = {
  status: 400,
  title: 'This request cannot be answered',
  text: 'The return address does not belong to the application that sent you here.',
  reason: 'redirect_uri_mismatch',
  decision: 'dec_4Qm1vS8kT2xW',
};
