/** The page that posts itself, in a real browser and under the policy that it is sent with. */
import { createHash } from 'node:crypto';
import { env } from 'node:process';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPages, stylesheet } from './pages.ts';
import { sampleFormPost } from './testing-parts/sample-form-post.ts';

const pages = createPages({ serviceName: 'Sunrise Buildings', stylesheetUrl: stylesheet.path });
const hash = createHash('sha256').update(sampleFormPost.script).digest('base64');
/** As core sends it: packages/testing/flows/response-modes.test.ts. */
const policy = `default-src 'none'; style-src 'self'; script-src 'sha256-${hash}'; img-src 'self' data:; form-action 'self' https:; frame-ancestors 'none'; base-uri 'none'`;

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--headless',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
    ],
  });
});
afterAll(() => browser.close());

interface Posted {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

async function open(document: string, javaScriptEnabled: boolean) {
  const context = await browser.newContext({ javaScriptEnabled });
  const page = await context.newPage();
  const posts: Posted[] = [];
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await page.route('**/*', async (route) => {
    const request = route.request();
    const url = request.url();
    if (request.method() === 'POST') {
      posts.push({
        url,
        fields: Object.fromEntries(new URLSearchParams(request.postData() ?? '')),
      });
      await route.fulfill({ body: 'arrived', contentType: 'text/plain' });
    } else if (url.endsWith(stylesheet.path))
      await route.fulfill({ body: stylesheet.body, contentType: stylesheet.contentType });
    else
      await route.fulfill({
        body: document,
        contentType: 'text/html; charset=utf-8',
        headers: { 'content-security-policy': policy },
      });
  });
  return { context, page, posts, dialogs };
}

const expected = { url: sampleFormPost.form.action, fields: sampleFormPost.form.fields };

test('the form_post page sends itself to the application, with each value unchanged, and no value runs as a script', async () => {
  const { context, page, posts, dialogs } = await open(pages.formPost(sampleFormPost), true);
  await page.goto('https://as.example/authorize');
  await page.waitForURL(sampleFormPost.form.action);
  expect(posts).toEqual([expected]);
  expect(dialogs).toEqual([]);
  await context.close();
});

test('the form_post page has a button for browsers without scripts', async () => {
  const { context, page, posts } = await open(pages.formPost(sampleFormPost), false);
  await page.goto('https://as.example/authorize');
  expect(posts).toEqual([]);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(sampleFormPost.form.action);
  expect(posts).toEqual([expected]);
  await context.close();
});

test('the policy of the form_post page allows only its own script', async () => {
  const document = pages.formPost({
    ...sampleFormPost,
    script: `${sampleFormPost.script};alert(1)`,
  });
  const { context, page, posts, dialogs } = await open(document, true);
  await page.goto('https://as.example/authorize');
  expect([posts, dialogs]).toEqual([[], []]);
  await context.close();
});

test('a value in the form_post page cannot end its attribute or its element', () => {
  const document = pages.formPost({
    ...sampleFormPost,
    form: {
      action: 'https://app.example/"><script>alert(2)</script>',
      fields: { state: `'"><script>alert(1)</script>` },
    },
    returnHost: '<script>alert(3)</script>',
  });
  expect(document.match(/<script/g)).toHaveLength(1);
  expect(document).not.toMatch(/alert\([0-9]\)<\/script>/);
});
