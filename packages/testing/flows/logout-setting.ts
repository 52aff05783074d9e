/** The Sunrise platform with clients that take part in logout, each in another way. */
import {
  type ClientRegistration,
  createLogoutTeller,
  type DueDelivery,
  type Outbound,
} from '@keywright/core';
import type { Browser, TestPlatform, TestPlatformOptions } from '../src/index.ts';
import { allow, clients, createSunrise, redeem, tokensOf, type Words } from './sunrise.ts';

export const signedOut = 'https://heatlens.example/signed-out';
export const backChannel = 'https://heatlens.example/back';
export const frontChannel = 'https://roof.example/front?tab=1';
export const roofCallback = 'https://roof.example/callback';
export const strangeAddress = 'https://stranger.example/signed-out';
export const strangerCallback = 'https://stranger.example/callback';
export const portalCallback = 'https://portal.sunrise.example/callback';
export const bothCallback = 'https://both.example/callback';

const scope = 'openid profile email offline_access buildings:read';
const web = { kind: 'web', trust: 'third-party', scope } as const;

const members: Readonly<Record<string, Partial<ClientRegistration>>> = {
  heatlens: {
    post_logout_redirect_uris: [signedOut, `${signedOut}?tab=1`],
    backchannel_logout_uri: backChannel,
  },
  native: { post_logout_redirect_uris: ['com.example.app:/signed-out'] },
  portal: { post_logout_redirect_uris: ['https://portal.sunrise.example/signed-out'] },
  stranger: { post_logout_redirect_uris: [strangeAddress] },
};

const logoutClients: readonly ClientRegistration[] = [
  ...clients.map((client) => ({ ...client, ...members[client.client_id ?? ''] })),
  {
    ...web,
    client_id: 'roof',
    client_name: 'Roof Planner Pro',
    redirect_uris: [roofCallback],
    post_logout_redirect_uris: ['https://roof.example/signed-out'],
    frontchannel_logout_uri: frontChannel,
  },
  {
    ...web,
    client_id: 'both',
    client_name: 'Both Ways',
    redirect_uris: [bothCallback],
    id_token_signed_response_alg: 'ES256',
    backchannel_logout_uri: 'https://both.example/back',
    frontchannel_logout_uri: 'https://both.example/front',
    subject_type: 'pairwise',
  },
];

/** These tests send nothing. They read from the store what would be sent. */
const noWayOut: Outbound = { send: () => Promise.reject(new Error('nothing is sent here')) };

export function createLogoutPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  return createSunrise({
    clients: logoutClients,
    ports: () => ({ outbound: noWayOut }),
    ...options,
  });
}

const callbacks: Readonly<Record<string, string>> = {
  roof: roofCallback,
  both: bothCallback,
  stranger: strangerCallback,
  portal: portalCallback,
};

/** Ada signs in at a client with this browser. Returns its tokens. */
export async function signInAt(
  platform: TestPlatform,
  browser: Browser,
  clientId = 'heatlens',
  words: Words = {},
) {
  const redirect_uri = callbacks[clientId];
  const asked = { client_id: clientId, ...(redirect_uri && { redirect_uri }), ...words };
  const back = await allow(platform, asked, browser);
  const code = back.searchParams.get('code') ?? '';
  const form = { ...(redirect_uri && { redirect_uri }) };
  return tokensOf(await redeem(platform, code, form, clientId));
}

export function endSessionLink(words: Readonly<Record<string, string>>): string {
  return `/end-session?${new URLSearchParams(words)}`;
}

export async function isSignedIn(browser: Browser): Promise<boolean> {
  return (await browser.get('/account')).status === 200;
}

/** What the task of the server would send now. */
export async function deliveriesOf(platform: TestPlatform): Promise<readonly DueDelivery[]> {
  const tell = createLogoutTeller(platform.issuer, platform.ports);
  await tell();
  return platform.store.deliveries.takeDue(platform.clock.nowSeconds(), 100, 10);
}

export function logoutTokenOf(delivery: DueDelivery | undefined): string {
  return new URLSearchParams(delivery?.body).get('logout_token') ?? '';
}
