/**
 * Realistic views of the pages for a request of an application, for the tests and for the pictures
 * of the documentation.
 */
import type { ClientView, ConsentView, SignInView } from '@keywright/core';
import { openIdScopes } from '@keywright/wire';
import {
  hostileResources,
  mixedDetails,
  namedResources,
  noPicks,
  onePick,
  oneResource,
  pickedResources,
  twelveResources,
} from './sample-details.ts';

/** 24 November 2026, 09:30 UTC. */
export const sampleNow = Date.UTC(2026, 10, 24, 9, 30) / 1000;

export const account = { email: 'ada@example.com', name: 'Ada Byron' };
const form = { action: '/form', fields: { request: 'sealed-request', csrf: 'token' } };

export const heatlens: ClientView = {
  name: 'Heatlens',
  publisher: 'Nordwind Analytics GmbH',
  homepage: 'https://heatlens.example/',
  returnHost: 'app.heatlens.example',
  trust: 'third-party',
};

const { returnHost: _, ...ownRequester } = heatlens;
export const requester = ownRequester;

export const sampleSignIn: SignInView = {
  form,
  client: heatlens,
  refuse: { action: '/sign-in/refuse', fields: form.fields },
  email: '',
  recover: '/recover',
  signUp: '/sign-up',
};
export const sampleSignInPasskey: SignInView = {
  ...sampleSignIn,
  passkey: { form: { action: '/sign-in/passkey', fields: form.fields }, options: '{}' },
};
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
        {
          name: 'buildings:read',
          description: 'See the buildings you own',
          optional: false,
          granted: false,
        },
        {
          name: 'measurements:read',
          description: 'Read the measurements of your buildings',
          optional: false,
          granted: false,
        },
        {
          name: 'buildings:write',
          description: 'Rename your buildings',
          optional: true,
          granted: false,
        },
      ],
    },
  ],
  details: [],
  lifetime: { idleDays: 30, absoluteDays: 365, signOut: 'ends-it' },
  switchAccount: '/switch?request=sealed',
};

export const sampleConsentDetails: ConsentView = { ...sampleConsent, details: mixedDetails };
export const sampleConsentOneResource: ConsentView = {
  ...sampleConsent,
  groups: [],
  details: oneResource,
};
export const sampleConsentManyResources: ConsentView = {
  ...sampleConsent,
  details: twelveResources,
};
export const sampleConsentNamed: ConsentView = { ...sampleConsent, details: namedResources };
export const sampleConsentPicks: ConsentView = {
  ...sampleConsent,
  groups: [],
  details: pickedResources,
  error: 'Choose 2 at most.',
};
export const sampleConsentOnePick: ConsentView = { ...sampleConsent, details: onePick };
export const sampleConsentNoPicks: ConsentView = { ...sampleConsent, details: noPicks };
export const sampleConsentHostileResources: ConsentView = {
  ...sampleConsent,
  details: hostileResources,
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

export const sampleSignInWork: SignInView = {
  ...sampleSignIn,
  email: 'ada@example.com',
  error: 'Too many attempts. Try again in 20 seconds.',
  work: '{"parameters":{}}',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};
export const sampleSignInUnverified: SignInView = {
  ...sampleSignIn,
  client: sampleConsentUnverified.client,
};

/** A client that existed before its name was reserved. */
export const sampleConsentBorrowed: ConsentView = {
  ...sampleConsentUnverified,
  client: {
    ...sampleConsentUnverified.client,
    name: 'Sunrise Security Check',
    hasBorrowedName: true,
  },
  lifetime: { idleDays: 7, absoluteDays: 90, signOut: 'changes-nothing' },
};

/**
 * A client whose id is the address of its document. Its answer goes to another address, and its
 * document has changed.
 */
export const sampleConsentAddress: ConsentView = {
  ...sampleConsent,
  client: {
    name: 'Aria Assistant',
    returnHost: 'login.aria-helper.example.net',
    trust: 'unverified',
    verifiedHost: 'agents.aria.example',
    hasChanged: true,
    links: {
      policy: 'https://agents.aria.example/privacy',
      terms: 'https://agents.aria.example/terms',
    },
  },
};
