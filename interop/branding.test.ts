/**
 * The brand of a server and of one of its applications, and terms that have to be accepted, in a
 * real browser without scripts: what `keywright serve` serves is what the browser shows.
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pictures } from '../packages/core/src/rules/testing-parts/pictures.ts';
import { launchBrowser } from './browser.ts';
import { findFreePorts } from './ports.ts';
import { end } from './process.ts';
import { prepareServer, type ServerFolder } from './server-process.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-branding-'));
const place = (name: string, content: Uint8Array | string) => {
  writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
};
const ada = {
  email: 'ada@example.com',
  name: 'Ada',
  password: randomBytes(16).toString('base64url'),
};
const common = {
  kind: 'browser',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://localhost:9/callback'],
  scope: 'openid',
};
const configuration = {
  service_name: 'Sunrise Buildings',
  support_contact: 'help@sunrise.example',
  terms: { url: 'https://sunrise.example/terms', version: '2026-12-01' },
  brand: { logo: place('logo.png', pictures.png), accent: '#c2410c' },
  clients: [
    { ...common, client_id: 'planner', trust: 'third-party', client_name: 'Roof Planner' },
    {
      ...common,
      client_id: 'energy',
      trust: 'first-party',
      client_name: 'Energy',
      brand_name: 'Sunrise Energy',
      brand_accent: '#635bff',
      brand_logo: place('energy.bin', pictures.webp),
    },
  ],
  accounts: [ada],
};

let server: ServerFolder;
let child: ChildProcess;
let browser: Browser;
let page: Page;
let complaints: string[];
beforeAll(async () => {
  const [port = 0] = await findFreePorts(1);
  server = prepareServer(port, configuration);
  child = await server.start();
  browser = await launchBrowser();
});
beforeEach(async () => {
  await page?.context().close();
  page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
});
afterAll(async () => {
  await browser?.close();
  if (child !== undefined) await end(child, 'SIGTERM');
  server?.remove();
  rmSync(folder, { recursive: true });
});

const authorize = (client_id: string) =>
  `${server.issuer}/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id,
    redirect_uri: 'http://localhost:9/callback',
    scope: 'openid',
    state: 's',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })}`;

/** As the browser has decoded and drawn it. */
const seen = () =>
  page.evaluate(`({
    logo: [document.querySelector('.logo').naturalWidth, document.querySelector('.logo').naturalHeight],
    button: getComputedStyle(document.querySelector('.primary')).backgroundColor,
    text: getComputedStyle(document.querySelector('.primary')).color,
    masthead: document.querySelector('.masthead').innerText,
  })`);

describe('a branded server', () => {
  it('shows its logo and its colour on the sign-in page, and the browser complains of nothing', async () => {
    await page.goto(authorize('planner'));
    expect(await seen()).toEqual({
      logo: [24, 16],
      button: 'rgb(194, 65, 12)',
      text: 'rgb(255, 255, 255)',
      masthead: 'Sunrise Buildings',
    });
    expect(complaints).toEqual([]);
  });

  it('serves the logo with its type, with nosniff, and to be kept for ever', async () => {
    await page.goto(authorize('planner'));
    const address = await page.getAttribute('.logo', 'src');
    const answer = await fetch(new URL(address ?? '', server.issuer));
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(pictures.png.length),
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(Buffer.from(await answer.arrayBuffer()).equals(pictures.png)).toBe(true);
    const head = await fetch(new URL(address ?? '', server.issuer), { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const other = (address ?? '').replace(/picture-.{4}/, 'picture-0000');
    expect((await fetch(new URL(other, server.issuer))).status).toBe(404);
  });

  it('shows the brand of an application on its sign-in page, and names itself beside it', async () => {
    await page.goto(authorize('energy'));
    expect(await seen()).toEqual({
      logo: [24, 16],
      button: 'rgb(99, 91, 255)',
      text: 'rgb(255, 255, 255)',
      masthead: expect.stringMatching(/^Sunrise Energy\s+Sign-in by Sunrise Buildings$/) as string,
    });
    expect(complaints).toEqual([]);
  });

  it('asks for the terms, and goes on to the page for consent, which has no brand', async () => {
    await page.goto(`${authorize('energy')}&prompt=consent`);
    await page.fill('#email', ada.email);
    await page.fill('#password', ada.password);
    await page.click('#signin');
    expect(new URL(page.url()).pathname).toBe('/sign-in/terms');
    expect(await page.textContent('.masthead')).toContain('Sunrise Energy');
    await page.click('#accept');
    expect(new URL(page.url()).pathname).toBe('/consent');
    expect(await page.textContent('.masthead')).toBe('Sunrise Buildings');
    await page.goto(`${server.issuer}/account`);
    expect(await page.textContent('#terms-accepted')).toContain('version 2026-12-01');
  });
});

describe('a server whose logo is no picture', () => {
  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['a page after a picture', Buffer.concat([pictures.png, Buffer.from('<script></script>')])],
  ])('does not start with %s, and says which setting is wrong', async (_, content) => {
    const [port = 0] = await findFreePorts(1);
    const wrong = prepareServer(port, { brand: { logo: place('wrong.png', content) } });
    try {
      await expect(wrong.start()).rejects.toThrow(/brand\.logo must be a PNG, JPEG or WebP/);
    } finally {
      wrong.remove();
    }
  });
});
