/** The platform where Heatlens needs two factors. Users have apps and passkeys. */
import { createAuthorizationServer } from '@keywright/core';
import type { Answer, Browser, TestPlatform, TestPlatformOptions } from '../src/index.ts';
import { createBrowser, readForm, totpAt } from '../src/index.ts';
import { createPasskey, type SoftwarePasskey } from './authenticator.ts';
import { askedBy, createWithPasskeys, origin } from './passkey-setting.ts';
import { ada, authorizeLink, claimsOf, redeem, tokensOf, type Words } from './sunrise.ts';

export function createDemanding(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  return createUndemanding({ secondFactor: { clients: ['heatlens'] }, ...options });
}

/** The same without the demand. */
export function createUndemanding(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  return createWithPasskeys({ ...options, features: { totp: true, ...options.features } });
}

/** The same browser, at a server that demands two factors from now on. */
export function demandFromNowOn({ issuer, ports }: TestPlatform, { cookies }: Browser): Browser {
  const secondFactor = { clients: ['heatlens'] };
  const features = { totp: true, passkeys: true };
  const server = createAuthorizationServer(
    { issuer, cacheSeconds: 0, sendsMail: true, features, secondFactor },
    ports,
  );
  const browser = createBrowser(server, issuer);
  for (const [name, value] of cookies) browser.cookies.set(name, value);
  return browser;
}

/** Follows an address until a page is shown, or the browser is sent away from this server. */
export async function walk(browser: Browser, address: string): Promise<Answer> {
  const answer = await browser.get(address);
  const isRedirect = answer.headers['location'] !== undefined;
  return isRedirect && answer.location.origin === origin
    ? walk(browser, answer.location.href)
    : answer;
}

/** The page that a request leads to, after Ada has typed her password if it is asked for. */
export async function arrive(
  platform: TestPlatform,
  browser: Browser,
  words: Words = {},
): Promise<Answer> {
  const page = await browser.get(authorizeLink(words));
  const answer =
    page.location.pathname === '/sign-in'
      ? await platform.signIn(browser, ada, page.location)
      : page;
  return answer.location.origin === origin ? walk(browser, answer.location.href) : answer;
}

/** Adds an app where the page for a second factor leads. Answers the page with the codes. */
export async function addAppFrom(
  platform: TestPlatform,
  browser: Browser,
  page: Answer,
): Promise<Answer> {
  const { add } = page.json as { readonly add: { readonly totp: string } };
  const shown = await browser.get(add.totp);
  const secret = Buffer.from(shown.json['secret'] as string, 'hex');
  const totp = totpAt(secret, platform.clock.nowSeconds());
  return browser.post('/account/totp', { ...readForm(shown), totp });
}

/** Adds a passkey where the page for a second factor offers it. */
export async function addPasskeyFrom(
  browser: Browser,
  page: Answer,
): Promise<{ readonly passkey: SoftwarePasskey; readonly answer: Answer }> {
  const { asked, form } = askedBy(page);
  const passkey = createPasskey(origin, asked);
  const fields = { ...form.fields, passkey: passkey.registration };
  return { passkey, answer: await browser.post(form.action, fields) };
}

/** Answers the page that asks for a passkey of the account. */
export function usePasskeyAt(
  browser: Browser,
  page: Answer,
  passkey: SoftwarePasskey,
): Promise<Answer> {
  const { asked, form } = askedBy(page);
  return browser.post(form.action, { ...form.fields, passkey: passkey.assert(asked) });
}

/** Allows at the consent page. The claims of the ID token. */
export async function claimsAfter(
  platform: TestPlatform,
  browser: Browser,
  consent: Answer,
): Promise<Record<string, unknown>> {
  const back = await browser.post('/consent', { ...readForm(consent), decision: 'allow' });
  const code = back.location.searchParams.get('code') ?? '';
  return claimsOf(tokensOf(await redeem(platform, code)).id_token);
}
