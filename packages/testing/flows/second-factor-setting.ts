/** Users with an authenticator app. */
import { type Answer, type Browser, readForm, type TestPlatform, totpAt } from '../src/index.ts';
import { createOpenIdPlatform } from './openid-setting.ts';
import { ada } from './sunrise.ts';
import type { TestPlatformOptions } from '../src/index.ts';

export const twoFactor = 'urn:keywright:acr:two-factor';

export function createFactorPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  return createOpenIdPlatform(undefined, {
    sendsMail: true,
    ...options,
    features: { totp: true, ...options.features },
  });
}

/** The data of the user of an authenticator app. */
export interface App {
  readonly secret: Uint8Array;
  readonly codes: readonly string[];
}

/** Adds an app to the account of this browser. */
export async function addApp(platform: TestPlatform, browser: Browser): Promise<App> {
  const shown = await browser.get('/account/totp');
  const secret = Buffer.from(shown.json['secret'] as string, 'hex');
  const totp = totpAt(secret, platform.clock.nowSeconds());
  const added = await browser.post('/account/totp', { ...readForm(shown), totp });
  return { secret, codes: added.json['codes'] as readonly string[] };
}

/** Ada signs in and adds an app. The next code of the app was not used. */
export async function enrolAda(
  platform: TestPlatform,
  browser: Browser = platform.browser(),
): Promise<App> {
  await platform.signIn(browser, ada);
  const app = await addApp(platform, browser);
  platform.clock.advance(60);
  return app;
}

export function codeOf(platform: TestPlatform, { secret }: App, drift = 0): string {
  return totpAt(secret, platform.clock.nowSeconds() + drift);
}

/** The page that asks for the code, after Ada has typed her password. */
export async function askedForCode(
  platform: TestPlatform,
  browser: Browser,
  location?: URL,
): Promise<Answer> {
  const after = await platform.signIn(browser, ada, location);
  return browser.get(after.location.href);
}

export function typeCode(
  browser: Browser,
  page: Answer,
  typed: { readonly totp: string } | { readonly recovery_code: string },
): Promise<Answer> {
  return browser.post('/sign-in/second-factor', { ...readForm(page), ...typed });
}

export async function isSignedIn(browser: Browser): Promise<boolean> {
  return (await browser.get('/account')).status === 200;
}

/** A code of six digits that the app does not show around this time. */
export function wrongCode(platform: TestPlatform, app: App): string {
  const right = [-30, 0, 30].map((drift) => codeOf(platform, app, drift));
  return ['111111', '222222', '333333', '444444'].find((code) => !right.includes(code)) ?? '';
}
