/**
 * An application that demands two factors, in a real browser: with a passkey on an authenticator
 * that Chromium simulates, and without scripts by an app.
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { totpAt } from '../packages/testing/src/index.ts';
import { launchBrowser } from './browser.ts';
import { findFreePorts } from './ports.ts';
import { end } from './process.ts';
import { prepareServer, type ServerFolder } from './server-process.ts';

const accountOf = (name: string) => ({
  email: `${name.toLowerCase()}@example.com`,
  name,
  password: randomBytes(16).toString('base64url'),
});
const [ada, grace] = [accountOf('Ada'), accountOf('Grace')];
const application = {
  client_id: 'planner',
  kind: 'browser',
  trust: 'third-party',
  client_name: 'Roof Planner',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://localhost:9/callback'],
  scope: 'openid',
};
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

let server: ServerFolder;
let child: ChildProcess;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  const [port = 0] = await findFreePorts(1);
  server = prepareServer(port, {
    features: { passkeys: true, totp: true },
    second_factor: { tiers: ['third_party_browser_app'] },
    clients: [application],
    accounts: [ada, grace],
  });
  child = await server.start();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  if (child !== undefined) await end(child, 'SIGTERM');
  server?.remove();
});
afterEach(() => context.close());

async function openApplication(javaScriptEnabled: boolean): Promise<Page> {
  context = await browser.newContext({ javaScriptEnabled });
  const page = await context.newPage();
  if (javaScriptEnabled)
    await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = undefined');
  return page;
}

async function signIn(page: Page, { email, password }: typeof ada): Promise<void> {
  await page.goto(`${server.issuer}/authorize?${query}`);
  await page.fill('#email', email);
  await page.fill('#password', password);
  await page.click('#signin');
}

function fromBase32(text: string): Uint8Array {
  const letters = text.replaceAll(' ', '').split('');
  const bits = letters.map((one) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2));
}

describe('an application that demands two factors', () => {
  it('leads to a new passkey, which is used once, and then to the consent page', async () => {
    const page = await openApplication(true);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    const devTools = await context.newCDPSession(page);
    await devTools.send('WebAuthn.enable');
    await devTools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await signIn(page, ada);
    expect(await page.textContent('h1')).toBe('Add a second factor');
    await page.click('#add-passkey');
    await page.waitForSelector('#passkey-added');
    expect(await page.textContent('h1')).toBe('Confirm with your passkey');
    await page.click('#passkey');
    await page.waitForSelector('#allow');
    expect(complaints).toEqual([]);
  });

  it('leads to an authenticator app without scripts, and no button does nothing', async () => {
    const page = await openApplication(false);
    await signIn(page, grace);
    expect(await page.locator('#add-passkey').isVisible()).toBe(false);
    expect(await page.locator('#passkeys-impossible').isVisible()).toBe(true);
    await page.click('#add-totp');
    const secret = fromBase32((await page.textContent('#totp-secret')) ?? '');
    await page.fill('#totp', totpAt(secret, Math.floor(Date.now() / 1000)));
    await page.click('#add-totp');
    await page.click('#continue');
    expect(await page.locator('#allow').isVisible()).toBe(true);
  });
});
