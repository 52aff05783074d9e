/**
 * Sunrise with a device, an application that sends backchannel requests and polls, and one that
 * gets pings.
 */
import type {
  ClientRegistration,
  DeviceConfirmationView,
  Outbound,
  WaitingRequestView,
} from '@keywright/core';
import { cibaGrant, deviceCodeGrant } from '@keywright/wire';
import {
  type Answer,
  type Browser,
  readForm,
  type TestPlatform,
  type TestPlatformOptions,
} from '../src/index.ts';
import { ada, clients, createSunrise, everyScope } from './sunrise.ts';

export const television = 'television';
export const desk = 'desk';
export const pinged = 'pinged';
export const pingAddress = 'https://pinged.example/ping';

const app = { kind: 'web', trust: 'third-party', scope: `${everyScope} invoices:read` } as const;
export const asking: readonly ClientRegistration[] = [
  {
    ...app,
    client_id: television,
    kind: 'native',
    client_name: 'Heatlens for the living room',
    publisher: 'Nordwind Analytics',
    grant_types: [deviceCodeGrant, 'refresh_token'],
    optional_scope: 'measurements:read',
  },
  {
    ...app,
    client_id: 'other-television',
    kind: 'native',
    client_name: 'Other',
    grant_types: [deviceCodeGrant],
    redirect_uris: [],
  },
  {
    ...app,
    client_id: 'meter',
    client_name: 'A device that keeps a secret',
    grant_types: [deviceCodeGrant],
  },
  {
    ...app,
    client_id: desk,
    client_name: 'Sunrise Desk',
    publisher: 'Sunrise',
    grant_types: [cibaGrant, 'refresh_token'],
    optional_scope: 'measurements:read',
  },
  { ...app, client_id: 'other-desk', client_name: 'Other desk', grant_types: [cibaGrant] },
  {
    ...app,
    client_id: pinged,
    client_name: 'Pinged',
    grant_types: [cibaGrant],
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: pingAddress,
  },
];

const outbound: Outbound = {
  send: () => Promise.reject(new Error('nobody is called in this test')),
};

export function createDeferred(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  return createSunrise({
    clients: [...clients, ...asking],
    ports: () => ({ outbound }),
    ...options,
    features: { deviceAuthorization: true, backchannelAuthentication: true, ...options.features },
  });
}

export interface DeviceAnswer {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
}

type Words = Readonly<Record<string, string | readonly string[]>>;

export async function askAsDevice(
  platform: TestPlatform,
  words: Words = {},
  clientId = television,
): Promise<DeviceAnswer> {
  const form = { scope: 'openid buildings:read measurements:read', ...words };
  const answer = await platform.post('/device_authorization', form, clientId);
  if (answer.status !== 200) throw new Error(`no device code: ${answer.body}`);
  return answer.json as unknown as DeviceAnswer;
}

export function pollAsDevice(
  platform: TestPlatform,
  deviceCode: string,
  words: Words = {},
  clientId = television,
): Promise<Answer> {
  return platform.post(
    '/token',
    { grant_type: deviceCodeGrant, device_code: deviceCode, ...words },
    clientId,
  );
}

export async function signedIn(
  platform: TestPlatform,
  email = ada,
  network?: string,
): Promise<Browser> {
  const browser = platform.browser(network);
  await platform.signIn(browser, email);
  return browser;
}

/** A signed-in user types the code. Returns the next answer. */
export async function typeCode(browser: Browser, code: string): Promise<Answer> {
  const shown = await browser.get('/device');
  return browser.post('/device', { ...readForm(shown), user_code: code });
}

/** The page that asks, with the typed code. */
export async function reachConfirmation(browser: Browser, code: string): Promise<Answer> {
  return browser.get((await typeCode(browser, code)).location.href);
}

export function viewOf(answer: Answer): DeviceConfirmationView {
  return answer.json as unknown as DeviceConfirmationView;
}

export async function answerDevice(
  browser: Browser,
  code: string,
  decision: 'allow' | 'deny' = 'allow',
  scope: readonly string[] = ['measurements:read'],
): Promise<Answer> {
  const page = await reachConfirmation(browser, code);
  return browser.post('/device/confirm', { ...readForm(page), decision, scope });
}

/** All tokens of the device after Ada has allowed it. */
export async function connectDevice(platform: TestPlatform, words: Words = {}, poll: Words = {}) {
  const asked = await askAsDevice(platform, words);
  await answerDevice(await signedIn(platform), asked.user_code);
  return { asked, answer: await pollAsDevice(platform, asked.device_code, poll) };
}

export function askFromAfar(
  platform: TestPlatform,
  words: Words = {},
  clientId = desk,
): Promise<Answer> {
  const form = { scope: 'openid buildings:read measurements:read', ...words };
  const hint = 'id_token_hint' in words || 'login_hint_token' in words ? {} : { login_hint: ada };
  return platform.post('/bc-authorize', { ...hint, ...form }, clientId);
}

export async function idOfRequest(
  platform: TestPlatform,
  words?: Words,
  clientId?: string,
): Promise<string> {
  const answer = await askFromAfar(platform, words, clientId);
  if (answer.status !== 200) throw new Error(`no auth_req_id: ${answer.body}`);
  return answer.json['auth_req_id'] as string;
}

export function pollFromAfar(
  platform: TestPlatform,
  authReqId: string,
  words: Words = {},
  clientId = desk,
): Promise<Answer> {
  return platform.post(
    '/token',
    { grant_type: cibaGrant, auth_req_id: authReqId, ...words },
    clientId,
  );
}

export async function waitingOf(browser: Browser): Promise<readonly WaitingRequestView[]> {
  return ((await browser.get('/account')).json['waiting'] ?? []) as readonly WaitingRequestView[];
}

/** The newest request of the account page. */
export async function answerFromAfar(
  browser: Browser,
  decision: 'allow' | 'deny' = 'allow',
  scope: readonly string[] = ['measurements:read'],
): Promise<Answer> {
  const [newest] = await waitingOf(browser);
  return browser.post('/account/answer', { ...newest?.form.fields, decision, scope });
}
