/** Realistic views of the pages of the second factor. */
import type {
  RecoveryCodesView,
  SecondFactorView,
  StepUpView,
  TotpEnrolmentView,
} from '@keywright/core';
import { renderSVG } from 'uqr';
import { sampleSecurityEmpty } from './sample-security.ts';
import { account, heatlens, sampleNow } from './sample-requests.ts';

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const address = `otpauth://totp/Sunrise%20Buildings:ada%40example.com?issuer=Sunrise%20Buildings&secret=${secret}&algorithm=SHA1&digits=6&period=30`;
const svg = renderSVG(address, { border: 3, ecc: 'M' });
const form = (path: string) => ({ action: `/account${path}`, fields: { csrf: 'token' } });

export const sampleSecondFactor: SecondFactorView = {
  form: { action: '/sign-in/second-factor', fields: { csrf: 'token', pending: 'sealed' } },
  account,
  client: heatlens,
  signIn: '/sign-in?request=sealed',
};
export const sampleSecondFactorError: SecondFactorView = {
  ...sampleSecondFactor,
  error: 'The code is wrong, or was used before.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};
const request = (action: string) => ({
  form: { action, fields: { csrf: 'token' } },
  options: '{}',
});
export const sampleStepUpPasskey: StepUpView = {
  account,
  client: heatlens,
  passkey: request('/sign-in/passkey'),
  signIn: '/sign-in?request=sealed',
};
export const sampleStepUpAdded: StepUpView = { ...sampleStepUpPasskey, passkeyAdded: 'Passkey' };
export const sampleStepUpAdd: StepUpView = {
  account,
  client: heatlens,
  add: { totp: '/account/totp?request=sealed', passkey: request('/account/passkeys') },
  signIn: '/sign-in?request=sealed',
};
export const sampleStepUpError: StepUpView = {
  ...sampleStepUpAdd,
  error: 'The passkey cannot be used here. Try another one.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};
export const sampleTotpEnrolment: TotpEnrolmentView = {
  form: form('/totp'),
  account,
  address,
  secret,
  picture: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
  stay: '/account/security',
};
export const sampleTotpEnrolmentError: TotpEnrolmentView = {
  ...sampleTotpEnrolment,
  error: 'The code is wrong, or was used before.',
  decision: 'dec_Zc7lHq2mT0sXw9bVn4KfRg',
};
export const sampleRecoveryCodes: RecoveryCodesView = {
  account,
  codes: [
    'k3f7-q2md-9xwp-v4tr',
    'ab2c-de3f-gh4j-km5n',
    'pq6r-st7u-vw8x-yz9a',
    'bc2d-ef3g-hj4k-mn5p',
    'qr6s-tu7v-wx8y-za9b',
    'cd2e-fg3h-jk4m-np5q',
    'rs6t-uv7w-xy8z-ab9c',
    'de2f-gh3j-km4n-pq5r',
    'st6u-vw7x-yz8a-bc9d',
    'ef2g-hj3k-mn4p-qr5s',
  ],
  isNew: true,
  onward: '/account/security',
};
export const sampleSecurityTotp = {
  ...sampleSecurityEmpty,
  totp: {
    app: {
      addedAt: sampleNow - 41 * 86_400,
      recoveryCodesLeft: 9,
      remove: form('/totp/remove'),
      renewCodes: form('/recovery-codes'),
    },
  },
};
export const sampleSecurityWithoutTotp = {
  ...sampleSecurityEmpty,
  totp: { add: '/account/totp' },
  totpRemoved: true,
};
