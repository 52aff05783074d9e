/** Realistic views for the tests and for the pictures of the documentation. */
import type {
  DeviceCodeView,
  DeviceConfirmationView,
  ErrorView,
  ExplanationView,
  SignedOutView,
  SignOutView,
} from '@keywright/core';
import { account, requester, heatlens, sampleConsent, sampleNow } from './sample-requests.ts';

export * from './sample-account.ts';
export * from './sample-requests.ts';
export * from './sample-second-factor.ts';
export * from './sample-security.ts';

export const sampleDeviceCode: DeviceCodeView = {
  form: { action: '/device', fields: { csrf: 'token' } },
  account,
  switchAccount: '/sign-in?next=sealed',
  stay: '/account',
  userCode: '',
};
export const sampleDeviceCodeOfLink: DeviceCodeView = {
  ...sampleDeviceCode,
  userCode: 'WDJB-MJHT',
};
export const sampleDeviceCodeError: DeviceCodeView = {
  ...sampleDeviceCode,
  userCode: 'WDJB-MJHX',
  error: 'No device waits with this code. Look at the device: it may show a new code.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};

export const sampleDeviceConfirmation: DeviceConfirmationView = {
  form: { action: '/device/confirm', fields: { request: 'sealed', csrf: 'token' } },
  client: requester,
  account,
  userCode: 'WDJB-MJHT',
  askedAt: sampleNow - 200,
  network: '203.0.113.7',
  isSameNetwork: true,
  groups: sampleConsent.groups,
  details: [],
  lifetime: { idleDays: 30, absoluteDays: 365, signOut: 'changes-nothing' },
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

export const sampleSignOutAsked: SignOutView = {
  ...sampleSignOut,
  client: { name: heatlens.name },
};

export const sampleSignOutUnverified: SignOutView = {
  ...sampleSignOut,
  client: { name: 'thermo.example', isUnverified: true },
};

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
  title: 'This request cannot continue',
  text: 'A requested scope is unknown, or not open to this client.',
  reason: 'scope_invalid',
  decision: 'dec_4Qm1vS8kT2xW',
  goOn: {
    address: 'https://thermo-buddy.example.net/callback?error=invalid_scope',
    name: 'Thermo Buddy',
    host: 'thermo-buddy.example.net',
    isUnverified: true,
  },
};

export const sampleError: ErrorView = {
  status: 400,
  title: 'This request cannot be answered',
  text: 'The redirect URI does not belong to the application that sent you here.',
  reason: 'redirect_uri_mismatch',
  decision: 'dec_4Qm1vS8kT2xW',
  came: {
    clientId: 'heatlens',
    redirectUri: 'https://app.heatlens.example/callback/\u200bdone?from=sunrise',
  },
};

export const sampleExplanationOfChoice: ExplanationView = {
  reason: 'user_denied',
  error: 'access_denied',
  text: 'The user did not agree.',
  section: 'RFC 6749 §4.1.2.1',
  advice: [
    {
      text: 'Continue without the access, and let the user start again.',
      isCode: false,
    },
  ],
  isChoice: true,
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};

export const sampleErrorOfClient: ErrorView = {
  status: 400,
  title: 'This request cannot continue',
  text: 'The application that sent you here is not known.',
  reason: 'client_unknown',
  decision: 'dec_4Qm1vS8kT2xW',
  came: { clientId: 'heatlens-staging' },
};

export const sampleErrorOfAddress: ErrorView = {
  status: 404,
  title: 'This page does not exist',
  text: 'The address may be mistyped, or its page does not exist any more.',
  reason: 'path_unknown',
  decision: 'dec_4Qm1vS8kT2xW',
};

export const sampleExplanation: ExplanationView = {
  reason: 'client_authentication_failed',
  error: 'invalid_client',
  status: 401,
  text: 'The client is unknown or disabled, its secret or assertion is missing or wrong, or it is registered for another method.',
  section: 'RFC 6749 §5.2',
  advice: [
    { text: 'Check id, secret and method with ', isCode: false },
    { text: 'keywright explain', isCode: true },
    { text: '. The answer is the same for unknown and disabled clients.', isCode: false },
  ],
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};
