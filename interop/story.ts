/** The main flow in a real browser: connect, agree, use, look at the connections, and end one. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sample } from '../packages/jwt/src/testing-parts/series.ts';
import { findAccessibilityFaults } from './accessibility.ts';
import { launchBrowser } from './browser.ts';
import type { Cast } from './cast.ts';
import { takeBackEverything } from './connections.ts';
import { isLong } from '../packages/jwt/src/testing-parts/series.ts';

export function describeStory(cast: () => Cast): void {
  describe('the story in a browser', () => {
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;
    let faults: string[];

    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser?.close());
    beforeEach(() => takeBackEverything(cast().demo.issuer, cast().owner));
    afterEach(async () => {
      await context.close();
      expect(faults).toEqual([]);
    });

    async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
      context = await browser.newContext(options);
      page = await context.newPage();
      page.setDefaultTimeout(10_000);
      faults = [];
      page.on('console', (message) => {
        if (/content security policy|refused to/i.test(message.text())) faults.push(message.text());
      });
      page.on('pageerror', (error) => faults.push(error.message));
    }

    async function signIn({ email, password } = cast().owner): Promise<void> {
      await page.fill('#email', email);
      await page.fill('#password', password);
      await page.click('#signin');
    }

    async function connect(): Promise<void> {
      await page.goto(cast().demo.app);
      await page.click('#connect');
    }

    it('runs from connecting to taking back, without a script at any page', async () => {
      await open({ javaScriptEnabled: false });
      await connect();
      expect(new URL(page.url()).origin).toBe(cast().demo.issuer);
      await signIn({ ...cast().owner, password: 'not my password' });
      await page.waitForSelector('#error');
      await signIn();
      await page.waitForSelector('#allow');
      await expectText('body', 'Heatlens');
      await page.uncheck('[id="scope-measurements:read"]');
      await page.click('#allow');
      await page.waitForURL(`${cast().demo.app}/`);
      await page.waitForSelector('#buildings tbody tr');
      await expectText('#notice', 'Measurements are not allowed');

      await page.goto(`${cast().demo.issuer}/account`);
      await expectText('.connection', 'Heatlens');
      await page.click('.connection button');
      await page.waitForSelector('#revoked');
      expect(await page.locator('.connection', { hasText: 'Heatlens' }).count()).toBe(0);

      await page.goto(cast().demo.app);
      await page.click('#refresh');
      await expectText('#notice', 'You are signed out');
      await page.waitForSelector('#connect');
    });

    it.runIf(isLong)('asks again for what was unticked when the application asks to', async () => {
      await open();
      await connect();
      await signIn();
      await page.uncheck('[id="scope-measurements:read"]');
      await page.click('#allow');
      await page.click('#ask-again');
      await page.waitForSelector('[id="scope-measurements:read"]');
      await page.click('#allow');
      await page.waitForSelector('#buildings .heat');
      expect(await page.locator('#notice').count()).toBe(0);
    });

    it.runIf(isLong)(
      'skips consent the second time, and sign-in while the session lives',
      async () => {
        await open();
        await connect();
        await signIn();
        await page.click('#allow');
        await page.waitForSelector('#disconnect');
        await page.click('#disconnect');
        await page.click('#connect');
        await page.waitForSelector('#buildings');
        expect(page.url()).toBe(`${cast().demo.app}/`);
      },
    );

    it.runIf(isLong)(
      'goes back to the application with a kind word when the person cancels',
      async () => {
        await open();
        await connect();
        await signIn();
        await page.click('#deny');
        await expectText('#notice', 'Not connected');
        expect(new URL(page.url()).origin).toBe(cast().demo.app);
      },
    );

    it.runIf(isLong)(
      'shows the building that was shared to whom it is shared with, and the other to nobody',
      async () => {
        await takeBackEverything(cast().demo.issuer, cast().guest);
        await open();
        await connect();
        await signIn(cast().guest);
        await page.click('#allow');
        await expectText('#buildings', 'The Old Mill');
        await expectText('#buildings', 'Harbour Loft');
        expect(await page.locator('#buildings', { hasText: 'Sunrise House' }).count()).toBe(0);
      },
    );

    it('signs out of the server for good', async () => {
      await open();
      await page.goto(`${cast().demo.issuer}/account`);
      await signIn();
      await page.click('#logout');
      await page.waitForSelector('#logged-out');
      await page.goto(`${cast().demo.issuer}/account`);
      await page.waitForSelector('#signin');
      expect(await page.locator('#logout').count()).toBe(0);
    });

    it.runIf(isLong)('works with the keyboard alone', async () => {
      await open();
      await connect();
      await page.waitForSelector('#signin');
      await page.keyboard.type(cast().owner.email);
      await page.keyboard.press('Tab');
      await page.keyboard.type(cast().owner.password);
      await page.keyboard.press('Enter');
      await page.waitForSelector('#allow');
      for (let steps = 0; steps < 30 && (await focusedId()) !== 'allow'; steps += 1)
        await page.keyboard.press('Tab');
      expect(await focusedId()).toBe('allow');
      await page.keyboard.press('Enter');
      await page.waitForSelector('#buildings');
    });

    it.each(sample(['light', 'dark'] as const, 1))(
      'is accessible at every page, %s',
      async (colorScheme) => {
        await open({ colorScheme });
        await page.goto(`${cast().demo.issuer}/authorize?client_id=nobody`);
        expect(await findAccessibilityFaults(page)).toEqual([]);
        await page.goto(cast().demo.app);
        expect(await findAccessibilityFaults(page)).toEqual([]);
        await page.click('#connect');
        await page.waitForSelector('#signin');
        expect(await findAccessibilityFaults(page)).toEqual([]);
        await signIn({ ...cast().owner, password: 'not my password' });
        await page.waitForSelector('#error');
        expect(await findAccessibilityFaults(page)).toEqual([]);
        await signIn();
        await page.waitForSelector('#allow');
        expect(await findAccessibilityFaults(page)).toEqual([]);
        await page.click('#allow');
        await page.waitForSelector('#buildings');
        expect(await findAccessibilityFaults(page)).toEqual([]);
        await page.goto(`${cast().demo.issuer}/account`);
        await page.waitForSelector('.connection');
        expect(await findAccessibilityFaults(page)).toEqual([]);
        await page.click('#logout');
        await page.waitForSelector('#logged-out');
        expect(await findAccessibilityFaults(page)).toEqual([]);
      },
    );

    async function expectText(selector: string, text: string): Promise<void> {
      await page.locator(selector, { hasText: text }).first().waitFor();
    }

    function focusedId(): Promise<string> {
      return page.evaluate('document.activeElement?.id ?? ""');
    }
  });
}
