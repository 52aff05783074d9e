/** Realistic views of the security page, and of an account with many applications. */
import type {
  AccountView,
  ConnectionView,
  PasskeyRemovalView,
  SecurityView,
  SessionsView,
} from '@keywright/core';
import { sampleAccount } from './sample-account.ts';
import { account, sampleNow } from './sample-requests.ts';

const day = 86_400;

const applications = [
  'Roof Planner, Roof Tools Ltd',
  'Pocket Meter, Pocket',
  'Sunrise Portal, Sunrise Buildings',
  'A very long name of an application that reads meters, The Society of Meter Readers of the North',
  'Boiler Watch',
  'Solar Diary, Solar Diary e. V.',
  'Tenant Desk, Desk & Sons',
  'Cold Chain, Chain Logistics',
  'Lift Alarm',
  'Window Count, Glass House',
];

/** Twenty applications: they must fit into two screens. */
export const sampleAccountMany: AccountView = {
  ...sampleAccount,
  connections: Array.from({ length: 20 }, (_, index) => {
    const [name = '', publisher] = (applications[index % 10] ?? '').split(', ');
    const sample = sampleAccount.connections[index % 2] as ConnectionView;
    const client = { name, ...(publisher === undefined ? {} : { publisher }) };
    const lastUsedAt = sampleNow - index * index * 9000;
    return { ...sample, client, lastUsedAt, connectedAt: sampleNow - (index + 20) * 9 * day };
  }),
};

const passkeyForm = (path: string) => ({
  action: `/account/passkeys${path}`,
  fields: { csrf: 'token', id: 'passkey' },
});

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0';
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const endSession = { action: '/account/sessions/end', fields: { csrf: 'token', session: 'ses_2' } };

export const sampleSessions: SessionsView = {
  current: {
    signedInAt: sampleNow - 3 * 3600,
    lastSeenAt: sampleNow - 20,
    network: '198.51.100.7',
    userAgent: firefox,
  },
  others: [
    {
      signedInAt: sampleNow - 2 * day,
      lastSeenAt: sampleNow - 7 * 3600,
      network: '2001:db8:85a3:8d3::/64',
      userAgent: safari,
      end: endSession,
    },
    { signedInAt: sampleNow - 9 * day, lastSeenAt: sampleNow - 8 * day, end: endSession },
  ],
  hasMore: false,
  signOut: sampleAccount.signOut,
  endOthers: { action: '/account/sessions/end', fields: { csrf: 'token', others: 'all' } },
};

export const sampleSecurity: SecurityView = {
  account,
  back: '/account',
  changePassword: '/account/password',
  passkeys: {
    items: [
      {
        name: 'Apple Passwords',
        createdAt: sampleNow - 41 * day,
        lastUsedAt: sampleNow - 3 * 3600,
        isSyncable: true,
        isBackedUp: true,
        rename: passkeyForm('/rename'),
        remove: '/account/passkeys/remove?id=a',
      },
      {
        name: 'Blue security key',
        createdAt: sampleNow - 400 * day,
        isSyncable: false,
        isBackedUp: false,
        rename: passkeyForm('/rename'),
        remove: '/account/passkeys/remove?id=b',
      },
    ],
    most: 20,
    add: { form: passkeyForm(''), options: '{}' },
  },
  sessions: sampleSessions,
  passkeyAdded: 'Apple Passwords',
};
export const sampleSecurityEmpty: SecurityView = {
  account,
  back: '/account',
  changePassword: '/account/password',
  passkeys: { items: [], most: 20, signInAgain: '/sign-in?next=sealed' },
  sessions: {
    current: sampleSessions.current,
    others: [],
    hasMore: false,
    signOut: sampleAccount.signOut,
  },
};
export const sampleSecurityError: SecurityView = {
  ...sampleSecurityEmpty,
  passkeys: { items: [], most: 20, add: { form: passkeyForm(''), options: '{}' } },
  error: 'The page was open for too long, or was sent before. Try again.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};
export const samplePasskeyRemoval: PasskeyRemovalView = {
  form: passkeyForm('/remove'),
  account,
  name: 'Blue security key',
  isLastWayIn: false,
  stay: '/account/security',
};
export const samplePasskeyRemovalLast: PasskeyRemovalView = {
  ...samplePasskeyRemoval,
  isLastWayIn: true,
};
