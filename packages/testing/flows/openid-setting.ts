/**
 * The platform for flows of OpenID Connect: users with more claims, and clients that get claims in
 * different ways.
 */
import type { ClientRegistration } from '@keywright/core';
import type {
  Answer,
  Browser,
  TestPerson,
  TestPlatform,
  TestPlatformOptions,
} from '../src/index.ts';
import { readForm } from '../src/index.ts';
import {
  ada,
  allow,
  authorizeLink,
  buildings,
  callback,
  claimsOf,
  createSunrise,
  grace,
  redeem,
  tokensOf,
  type Tokens,
  type Words,
} from './sunrise.ts';

export const adaClaims = {
  given_name: 'Ada',
  family_name: 'Byron',
  birthdate: '1815-12-10',
  locale: 'en-GB',
  picture: 'https://ada.example/ada.jpg',
  address: { locality: 'London', country: 'United Kingdom' },
  phone_number: '+44 20 7946 0000',
  phone_number_verified: true,
};

const people: readonly TestPerson[] = [
  { email: ada, password: 'correct horse', name: 'Ada Byron', claims: adaClaims },
  { email: grace, password: 'battery staple', name: 'Grace Hopper' },
];

export const allClaimsScope = 'openid profile email address phone offline_access';

export const web: ClientRegistration = {
  client_id: 'heatlens',
  kind: 'web',
  trust: 'third-party',
  client_name: 'Heatlens',
  redirect_uris: [callback],
  scope: `${allClaimsScope} buildings:read`,
};

/** The service of the API, which introspects. */
export const buildingsApi: ClientRegistration = {
  client_id: 'buildings-api',
  kind: 'service',
  trust: 'first-party',
  client_name: 'The buildings API itself',
};

export function createOpenIdPlatform(
  clients: readonly ClientRegistration[] = [web, buildingsApi],
  options: TestPlatformOptions = {},
): Promise<TestPlatform> {
  return createSunrise({ people, clients, ...options });
}

/** All tokens of a client after a whole sign-in of Ada. */
export async function signInTo(
  platform: TestPlatform,
  words: Words = {},
  browser: Browser = platform.browser(),
): Promise<Tokens> {
  const back = await allow(platform, words, browser);
  const code = back.searchParams.get('code');
  if (code === null) throw new Error(`no code: ${back}`);
  const { client_id: clientId = 'heatlens', redirect_uri } = words;
  const redirect = redirect_uri === undefined ? {} : { redirect_uri };
  return tokensOf(await redeem(platform, code, redirect, String(clientId)));
}

export function userinfo(platform: TestPlatform, accessToken: string): Promise<Answer> {
  return platform.get('/userinfo', { authorization: `Bearer ${accessToken}` });
}

/** The first target of the link: a page of this server, or the client. */
export async function follow(browser: Browser, words: Words): Promise<URL> {
  return (await browser.get(authorizeLink(words))).location;
}

/** The error for a client that sends a user with a session. */
export async function errorOf(browser: Browser, words: Words): Promise<string | null> {
  return (await follow(browser, words)).searchParams.get('error');
}

/** Fills the sign-in page of a request for a user. Returns the final address. */
export async function signInAs(
  platform: TestPlatform,
  browser: Browser,
  email: string,
  words: Words,
): Promise<URL> {
  const asked = await browser.get(authorizeLink(words));
  const after = await platform.signIn(browser, email, asked.location);
  return (await browser.get(after.location.href)).location;
}

/** The consent page of a request. */
export async function consentPage(
  platform: TestPlatform,
  browser: Browser,
  words: Words,
): Promise<Answer> {
  let answer = await browser.get(authorizeLink(words));
  if (answer.location.pathname === '/sign-in')
    answer = await platform.signIn(browser, ada, answer.location);
  return browser.get(answer.location.href);
}

export function agree(browser: Browser, page: Answer): Promise<Answer> {
  return browser.post('/consent', { ...readForm(page), decision: 'allow' });
}

/** The code of a whole sign-in of Ada. */
export async function obtainCodeFor(platform: TestPlatform, words: Words): Promise<string> {
  return (await allow(platform, words)).searchParams.get('code') ?? '';
}

export { ada, allow, authorizeLink, buildings, callback, claimsOf, grace, redeem, tokensOf };
