/**
 * The device authorization grant (RFC 8628): the endpoint for devices, and the pages for users.
 */
import type { Feature } from '../../kernel/routing/feature.ts';
import { redeemDeviceCode } from './device-code.ts';
import { handleDeviceAuthorization } from './endpoint.ts';
import {
  handleDevice,
  handleDeviceConfirmation,
  showDevice,
  showDeviceConfirmation,
  showDeviceDone,
} from './page.ts';

const person = { channel: 'page', cors: false } as const;
const routes = {
  // No tier allows this grant to a script in a browser.
  '/device_authorization': {
    methods: { POST: handleDeviceAuthorization },
    channel: 'json',
    cors: false,
    // RFC 8628 §4.
    announced: { as: 'device_authorization_endpoint', takesCertificates: true },
  },
  '/device': { methods: { GET: showDevice, POST: handleDevice }, ...person },
  '/device/confirm': {
    methods: { GET: showDeviceConfirmation, POST: handleDeviceConfirmation },
    ...person,
  },
  '/device/done': { methods: { GET: showDeviceDone }, ...person },
} as const;

export const device: Feature<'deviceAuthorization'> = {
  name: 'deviceAuthorization',
  routes: () => routes,
  grant: { issue: redeemDeviceCode, remembersProof: true },
};
