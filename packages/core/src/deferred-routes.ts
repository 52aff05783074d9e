/** The addresses of requests that are answered elsewhere: there where their feature is on. */
import { handleAnswer } from './features/ciba/page.ts';
import {
  handleDevice,
  handleDeviceConfirmation,
  showDevice,
  showDeviceConfirmation,
  showDeviceDone,
} from './features/device/page.ts';
import type { Core } from './kernel/core.ts';
import { handleBackchannelAuthentication } from './features/ciba/endpoint.ts';
import { handleDeviceAuthorization } from './features/device/endpoint.ts';

const person = { channel: 'page', cors: false } as const;
const device = {
  // No tier lets a script of a page ask as a device.
  '/device_authorization': { methods: { POST: handleDeviceAuthorization }, channel: 'json', cors: false },
  '/device': { methods: { GET: showDevice, POST: handleDevice }, ...person },
  '/device/confirm': {
    methods: { GET: showDeviceConfirmation, POST: handleDeviceConfirmation },
    ...person,
  },
  '/device/done': { methods: { GET: showDeviceDone }, ...person },
} as const;

const backchannel = {
  '/bc-authorize': { methods: { POST: handleBackchannelAuthentication }, channel: 'json', cors: false },
  '/account/answer': { methods: { POST: handleAnswer }, ...person },
} as const;

export function deferredRoutes({ options }: Core) {
  const { deviceAuthorization, backchannelAuthentication } = options.features;
  return { ...(deviceAuthorization ? device : {}), ...(backchannelAuthentication ? backchannel : {}) };
}
