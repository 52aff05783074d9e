/** Accounts that users manage themselves, in a real browser without scripts. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAccessibilityFaults } from './accessibility.ts';
import { launchBrowser } from './browser.ts';
import type { Cast } from './cast.ts';

interface CapturedMail {
  readonly to: string;
  readonly text: string;
  readonly code?: string;
}

const password = 'lantern gravel umbrella';
const another = 'harbour quilt sparrow';

export function describeAccounts(cast: () => Cast): void {
  describe('an account of one’s own', () => {
    const joan = `joan-${process.pid}@example.org`;
    const countess = `countess-${process.pid}@example.org`;
    let browser: Browser;
    let page: Page;
    const read = new Set<string>();

    beforeAll(async () => {
      browser = await launchBrowser();
      const context = await browser.newContext({ javaScriptEnabled: false });
      page = await context.newPage();
      page.setDefaultTimeout(10_000);
    });
    afterAll(() => browser?.close());

    /** Waits for a mail to this address with this content that was not read before. */
    async function waitForMail(to: string, holds: RegExp): Promise<CapturedMail> {
      const isNew = (mail: CapturedMail) =>
        mail.to.includes(to) && holds.test(mail.text) && !read.has(mail.text);
      for (;;) {
        const mails = (await (await fetch(cast().demo.mail)).json()) as readonly CapturedMail[];
        const mail = mails.find(isNew);
        if (mail !== undefined) {
          read.add(mail.text);
          return mail;
        }
        await page.waitForTimeout(100);
      }
    }

    async function typeCode(to: string): Promise<void> {
      await page.waitForSelector('#code');
      const { code = '' } = await waitForMail(to, /Code: \d{8}/);
      await page.fill('#code', code);
      await page.click('#continue');
    }

    async function choosePassword(words: string, button: string): Promise<void> {
      await page.fill('#new_password', words);
      await page.fill('#new_password_again', words);
      await page.click(button);
    }

    it('is created on the way from an application, which gets its answer', async () => {
      await page.goto(cast().demo.app);
      await page.click('#connect');
      await page.click('#sign-up');
      await page.fill('#email', joan);
      await page.click('#continue');
      await typeCode(joan);
      await page.fill('#name', 'Joan Clarke');
      await choosePassword(password, '#join');
      await page.click('#allow');
      await page.waitForURL(`${cast().demo.app}/`);
    });

    it('gets another address, with a code that is sent there', async () => {
      await page.goto(`${cast().demo.issuer}/account`);
      await page.click('#change-email');
      await page.fill('#email', countess);
      await page.click('#continue');
      await typeCode(countess);
      await page.waitForSelector('#email-changed');
    });

    it('is recovered with a code, on the way from the sign-in page', async () => {
      await page.click('#logout');
      await page.goto(`${cast().demo.issuer}/sign-in`);
      await page.click('#recover');
      await page.fill('#email', countess);
      await page.click('#continue');
      await typeCode(countess);
      await choosePassword(another, '#change');
      await page.waitForSelector('#password-changed');
    });

    it('gets its former address back by the link of the notice, and is signed out', async () => {
      const notice = await waitForMail(joan, /Undo the change/);
      const link = /\S+\/account\/email\/undo\?change=\S+/.exec(notice.text)?.[0] ?? '';
      await page.goto(link);
      await page.click('#undo');
      await page.waitForSelector('#undone');
      await page.goto(`${cast().demo.issuer}/account`);
      await page.waitForSelector('#signin');
      await page.fill('#email', joan);
      await page.fill('#password', another);
      await page.click('#signin');
      await page.waitForSelector('#change-email');
    });

    it('has a page for a new account in which axe finds nothing', async () => {
      const looking = await browser.newPage();
      await looking.goto(`${cast().demo.issuer}/sign-up`);
      expect(await findAccessibilityFaults(looking)).toEqual([]);
      await looking.close();
    });
  });
}
