/** The proof of work in a real browser: the pages, their script and their content policy. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

beforeAll(async () => {
  const [port = 0] = await findFreePorts(1);
  server = prepareServer(port, { accounts: [account], proof_of_work: { difficulty: 1 } });
  child = await server.start();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  if (child !== undefined) await end(child, 'SIGTERM');
  server?.remove();
});

async function open(javaScriptEnabled: boolean) {
  const context = await browser.newContext({ javaScriptEnabled });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // The refusal itself is an answer with 401 or 429.
    if (message.type() === 'error' && !/status of 4(?:01|29)/.test(message.text()))
      complaints.push(message.text());
  });
  await page.goto(`${server.issuer}/sign-in`);
  const attempt = async (password: string) => {
    await page.fill('#email', account.email);
    await page.fill('#password', password);
    await page.click('#signin');
    await page.waitForLoadState();
  };
  return { context, page, complaints, attempt };
}

describe('a user whose attempts were used up by somebody in the same network', () => {
  it('need not wait where scripts run, and otherwise reads how long to wait', async () => {
    const { context: guessing, attempt: guess } = await open(false);
    for (let tries = 0; tries < 11; tries += 1) await guess(`guess ${tries}`);
    await guessing.close();

    const plain = await open(false);
    await plain.attempt(account.password);
    expect(await plain.page.textContent('#error')).toMatch(/Try again in \d+ seconds?\./);
    expect(await plain.page.isVisible('#work')).toBe(false);
    await plain.context.close();

    const { context, page, complaints, attempt } = await open(true);
    await attempt(account.password);
    await page.waitForSelector('#work:has-text("Try again now")');
    await attempt(account.password);
    await page.waitForURL(`${server.issuer}/account`);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
