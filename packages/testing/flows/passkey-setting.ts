/** The platform with passkeys, and users who have some. */
import type { Delivery, Mail } from '@keywright/core';
import { openMail } from '@keywright/core';
import {
  type AuthenticatorPolicy,
  createPasskeyVerifier,
} from '../../server/src/passkeys/verifier.ts';
import {
  type Answer,
  type Browser,
  readForm,
  type TestPlatform,
  type TestPlatformOptions,
} from '../src/index.ts';
import {
  type AskedOptions,
  createPasskey,
  type SoftwarePasskey,
  type Wrong,
} from './authenticator.ts';
import { ada, createSunrise } from './sunrise.ts';

export const origin = 'https://as.example';
export const securityPage = '/account/security';

export function createWithPasskeys(
  options: TestPlatformOptions = {},
  policy?: AuthenticatorPolicy,
): Promise<TestPlatform> {
  return createSunrise({
    sendsMail: true,
    ...options,
    features: { passkeys: true, ...options.features },
    ports: (ports) => ({ passkeys: createPasskeyVerifier(policy), ...options.ports?.(ports) }),
  });
}

interface AskingView {
  readonly form: { readonly action: string; readonly fields: Readonly<Record<string, string>> };
  readonly options: string;
}

/** What a page asks the browser for: to sign in, or to add a passkey. */
export function askedBy(page: Answer): AskingView & { readonly asked: AskedOptions } {
  const { passkey, passkeys, add } = page.json as {
    readonly passkey?: AskingView;
    readonly passkeys?: { readonly add?: AskingView };
    readonly add?: { readonly passkey?: AskingView };
  };
  const view = passkey ?? passkeys?.add ?? add?.passkey;
  if (view === undefined) throw new Error(`no passkey is asked for: ${page.body.slice(0, 300)}`);
  return { ...view, asked: JSON.parse(view.options) as AskedOptions };
}

/** Adds a passkey on the security page of the signed-in user. */
export async function addPasskey(
  browser: Browser,
  wrong: Wrong = {},
): Promise<{ readonly passkey: SoftwarePasskey; readonly answer: Answer; readonly shown: Answer }> {
  const { asked, form } = askedBy(await browser.get(securityPage));
  const passkey = createPasskey(origin, asked, wrong);
  const answer = await browser.post(form.action, { ...form.fields, passkey: passkey.registration });
  return { passkey, answer, shown: await browser.get(answer.location.href) };
}

/** A user with a passkey, made in a new browser. */
export async function withPasskey(
  platform: TestPlatform,
  wrong: Wrong = {},
  email = ada,
): Promise<SoftwarePasskey> {
  const browser = platform.browser();
  await platform.signIn(browser, email);
  return (await addPasskey(browser, wrong)).passkey;
}

/** Signs in at a sign-in page with a passkey. */
export async function signInWith(
  browser: Browser,
  passkey: SoftwarePasskey,
  wrong: Wrong = {},
  address = '/sign-in',
): Promise<Answer> {
  const { asked, form } = askedBy(await browser.get(address));
  return browser.post(form.action, { ...form.fields, passkey: passkey.assert(asked, wrong) });
}

export const isSignedIn = async (browser: Browser) =>
  (await browser.get('/account')).status === 200;

/** The mails that wait, as they would be sent. Each is taken once. */
export async function takeMails({
  store,
  ports,
  clock,
}: TestPlatform): Promise<readonly Mail['content'][]> {
  const due = await store.deliveries.takeDue(clock.nowSeconds(), 100, 3600);
  return Promise.all(
    due.map(async (delivery: Delivery) => {
      await store.deliveries.done(delivery.id);
      const mail = openMail(ports, delivery);
      if (mail === undefined) throw new Error('the mail cannot be opened');
      return mail.content;
    }),
  );
}

export { readForm };
