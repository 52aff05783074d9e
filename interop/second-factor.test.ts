/** A second factor in a real browser, without scripts: the pages, their forms, their policy. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { totpAt } from '../packages/testing/src/index.ts';
import { launchBrowser } from './browser.ts';
import { findFreePorts } from './ports.ts';
import { end } from './process.ts';
import { prepareServer, type ServerFolder } from './server-process.ts';

const account = {
  email: 'ada@example.com',
  name: 'Ada',
  password: randomBytes(16).toString('base64url'),
};

let server: ServerFolder;
let child: ChildProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  const [port = 0] = await findFreePorts(1);
  server = prepareServer(port, { features: { totp: true }, accounts: [account] });
  child = await server.start();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  if (child !== undefined) await end(child, 'SIGTERM');
  server?.remove();
});

async function openBrowser(): Promise<void> {
  context = await browser.newContext({ javaScriptEnabled: false });
  page = await context.newPage();
}
beforeEach(openBrowser);
afterEach(() => context.close());

async function signInByPassword(): Promise<void> {
  await page.goto(`${server.issuer}/sign-in`);
  await page.fill('#email', account.email);
  await page.fill('#password', account.password);
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

const nowSeconds = () => Math.floor(Date.now() / 1000);

describe('a second factor in Chromium, without scripts', () => {
  it('is added by its QR code, asked for at the next sign-in, and replaced by a recovery code', async () => {
    await signInByPassword();
    await page.click('#security');
    await page.click('#add-totp');
    // The content policy lets the picture load.
    const picture = page.locator('.qr img');
    expect(
      await picture.evaluate((image) => (image as HTMLImageElement).naturalWidth),
    ).toBeGreaterThan(0);
    const secret = fromBase32((await page.textContent('#totp-secret')) ?? '');
    await page.fill('#totp', totpAt(secret, nowSeconds()));
    await page.click('#add-totp');
    const codes = await page.locator('#recovery-codes code').allTextContents();
    expect(codes).toHaveLength(10);
    await page.click('#continue');
    expect(await page.textContent('#totp-on')).toContain('10 recovery codes are left');
    await context.close();

    await openBrowser();
    await signInByPassword();
    // One step later, because the code of now was used.
    await page.fill('#totp', totpAt(secret, nowSeconds() + 30));
    await page.click('#continue');
    expect(new URL(page.url()).pathname).toBe('/account');
    await context.close();

    await openBrowser();
    await signInByPassword();
    await page.click('#use-recovery-code');
    await page.fill('#recovery-code', codes[0] ?? '');
    await page.click('#continue-recovery');
    expect(new URL(page.url()).pathname).toBe('/account');
    await page.click('#security');
    expect(await page.textContent('#totp-on')).toContain('9 recovery codes are left');
  });
});
