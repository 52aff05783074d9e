/**
 * Passkeys in a real browser, with an authenticator that Chromium simulates (CDP `WebAuthn`): the
 * pages, their script and their content policy together.
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from './browser.ts';
import { findFreePorts } from './ports.ts';
import { end } from './process.ts';
import { prepareServer, type ServerFolder } from './server-process.ts';

const account = {
  email: 'ada@example.com',
  name: 'Ada',
  password: randomBytes(16).toString('base64url'),
};
const application = {
  client_id: 'planner',
  kind: 'browser',
  trust: 'third-party',
  client_name: 'Roof Planner',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://localhost:9/callback'],
  scope: 'openid',
};

let server: ServerFolder;
let child: ChildProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let devTools: CDPSession;
let authenticatorId: string;
let complaints: string[];

beforeAll(async () => {
  const [port = 0] = await findFreePorts(1);
  server = prepareServer(port, {
    features: { passkeys: true },
    clients: [application],
    accounts: [account],
  });
  child = await server.start();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  if (child !== undefined) await end(child, 'SIGTERM');
  server?.remove();
});

beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  devTools = await context.newCDPSession(page);
  await devTools.send('WebAuthn.enable');
  ({ authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  }));
});
afterEach(() => context.close());

async function signInByPassword(): Promise<void> {
  await page.fill('#email', account.email);
  await page.fill('#password', account.password);
  await page.click('#signin');
}

/** Whether the user touches the authenticator when it asks. */
async function touches(enabled: boolean): Promise<void> {
  await devTools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
}

async function addPasskey(): Promise<void> {
  await touches(false);
  await page.goto(`${server.issuer}/sign-in`);
  await signInByPassword();
  await page.click('#security');
  await touches(true);
  await page.click('#add-passkey');
  await page.waitForSelector('#passkey-added');
}

async function signOut(): Promise<void> {
  await page.goto(`${server.issuer}/account`);
  await touches(false);
  await page.click('#logout');
}

/** As in a browser without autofill, so that nothing but the button asks for the passkey. */
async function withoutAutofill(): Promise<void> {
  await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = undefined');
}

describe('a passkey in Chromium', () => {
  it('is added at the security page, and signs in with a button and without a name', async () => {
    await withoutAutofill();
    await addPasskey();
    const { credentials } = await devTools.send('WebAuthn.getCredentials', { authenticatorId });
    expect(credentials).toMatchObject([{ isResidentCredential: true, rpId: 'localhost' }]);
    await signOut();
    await page.goto(`${server.issuer}/sign-in`);
    await touches(true);
    await page.click('#passkey');
    await page.waitForURL(`${server.issuer}/account`);
    expect(await page.textContent('.signed-in')).toContain(account.email);
    expect(complaints).toEqual([]);
  });

  it('is offered among the suggestions of the name field (autofill)', async () => {
    await addPasskey();
    await signOut();
    await page.goto(`${server.issuer}/sign-in`);
    expect(await page.getAttribute('#email', 'autocomplete')).toBe('username webauthn');
    // The simulated authenticator takes the suggestion as soon as it is touched.
    await touches(true);
    await page.reload();
    await page.waitForURL(`${server.issuer}/account`);
    expect(complaints).toEqual([]);
  });

  it('goes on with the request of an application', async () => {
    await withoutAutofill();
    await addPasskey();
    await signOut();
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: application.client_id,
      redirect_uri: application.redirect_uris[0] ?? '',
      scope: 'openid',
      state: 's',
      nonce: 'n',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    await page.goto(`${server.issuer}/authorize?${query}`);
    await touches(true);
    await page.click('#passkey');
    await page.waitForSelector('#allow');
    expect(await page.textContent('main')).toContain(application.client_name);
  });

  it('that was not used leaves the password, and says so', async () => {
    await withoutAutofill();
    await addPasskey();
    await signOut();
    await page.goto(`${server.issuer}/sign-in`);
    await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await touches(true);
    await page.click('#passkey');
    await page.waitForSelector('[role="alert"]:visible');
    expect(await page.textContent('[role="alert"]')).toContain('sign in with your password');
    await touches(false);
    await signInByPassword();
    await page.waitForURL(`${server.issuer}/account`);
  });

  it('is not made twice on one device', async () => {
    await addPasskey();
    await page.click('#add-passkey');
    await page.waitForSelector('[role="alert"]:visible');
    expect(await page.textContent('[role="alert"]')).toContain('has a passkey');
  });

  it('is named and removed', async () => {
    await addPasskey();
    const item = page.locator('.passkey').last();
    await item.locator('summary').click();
    await item.locator('input[name="name"]').fill('My laptop');
    await item.locator('form button').click();
    await page.waitForSelector('#passkey-renamed');
    const named = page.locator('.passkey', { hasText: 'My laptop' });
    await named.locator('.remove-passkey').click();
    await page.click('#remove-passkey');
    await page.waitForSelector('#passkey-removed');
    expect(await page.locator('.passkey', { hasText: 'My laptop' }).count()).toBe(0);
  });
});

it('without scripts the password remains, and no button does nothing', async () => {
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const window = await plain.newPage();
  await window.goto(`${server.issuer}/sign-in`);
  expect(await window.locator('#passkey').isVisible()).toBe(false);
  await window.fill('#email', account.email);
  await window.fill('#password', account.password);
  await window.click('#signin');
  await window.click('#security');
  expect(await window.locator('#add-passkey').isVisible()).toBe(false);
  expect(await window.locator('#passkeys-impossible').isVisible()).toBe(true);
  await plain.close();
});
