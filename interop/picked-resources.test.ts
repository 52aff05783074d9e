/** Names of resources, and resources that the user picks, in a real browser without scripts. */
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { createGuard } from '@keywright/guard';
import type { Browser, Page } from 'playwright-core';
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
const audience = 'https://api.sunrise.example';
const rooms = [
  { identifier: 'r-1', name: 'The Library' },
  { identifier: 'r-2', name: 'The Cellar' },
  { identifier: 'r-3', name: '<b>bold</b>' },
];

let server: ServerFolder;
let child: ChildProcess;
let browser: Browser;
let api: Server;
let callback: string;
let isDown = false;

function typeOf(type: string, maxItems: number, names: number) {
  const list = { type: 'array', items: { type: 'string' } };
  return {
    type,
    name: 'Access to single rooms',
    description: 'It may enter these rooms',
    resources: 'rooms',
    resolver: `http://localhost:${names}/names`,
    choices: true,
    schema: { type: 'object', properties: { rooms: { ...list, maxItems } } },
  };
}

beforeAll(async () => {
  const [port = 0, names = 0] = await findFreePorts(2);
  callback = `http://localhost:${names}/callback`;
  server = prepareServer(port, {
    accounts: [account],
    apis: [
      {
        identifier: audience,
        name: 'Rooms',
        scopes: [{ name: 'rooms:read', description: 'See the rooms' }],
        authorization_details_types: [typeOf('rooms', 9, names), typeOf('room', 1, names)],
      },
    ],
    clients: [
      {
        client_id: 'planner',
        kind: 'native',
        trust: 'third-party',
        client_name: 'Room Planner',
        redirect_uris: [callback],
        scope: 'openid',
        authorization_details_types: ['rooms', 'room'],
      },
    ],
  });
  const guard = createGuard({ issuer: server.issuer, audience });
  const describeRooms = guard.node(
    { scope: 'authorization_details:describe' },
    async (request, response) => {
      const { identifiers } = (await json(request)) as { readonly identifiers?: unknown[] };
      const named = rooms.filter(({ identifier }) => identifiers?.includes(identifier) !== false);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ resources: named }));
    },
  );
  api = createServer((request, response) => {
    if (request.url !== '/names') return void response.end('back at the application');
    if (isDown) return undefined;
    return describeRooms(request, response);
  });
  api.listen(names);
  child = await server.start();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  if (child !== undefined) await end(child, 'SIGTERM');
  api?.closeAllConnections();
  api?.close();
  server?.remove();
});

const verifier = randomBytes(32).toString('base64url');

async function open(details: unknown): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'planner',
    redirect_uri: callback,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    authorization_details: JSON.stringify([details]),
    prompt: 'consent',
  });
  await page.goto(`${server.issuer}/authorize?${query}`);
  await page.fill('#email', account.email);
  await page.fill('#password', account.password);
  await page.click('#signin');
  return page;
}

async function detailsAfter(page: Page): Promise<unknown> {
  await page.click('#allow');
  await page.waitForURL(`${callback}**`);
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: 'planner',
    redirect_uri: callback,
    code_verifier: verifier,
    code: new URL(page.url()).searchParams.get('code') ?? '',
  });
  await page.context().close();
  const answer = await fetch(`${server.issuer}/token`, { method: 'POST', body });
  const { authorization_details } = (await answer.json()) as Record<string, unknown>;
  return authorization_details;
}

describe('at the consent page, a user', () => {
  it('reads the names that the API gives, as text', async () => {
    const page = await open({ type: 'rooms', rooms: ['r-1', 'r-3', 'r-9'] });
    const shown = await page.locator('.details label').allInnerTexts();
    expect(shown.map((text) => text.replaceAll(/\s+/g, ' ').trim())).toEqual([
      'The Library r-1',
      '<b>bold</b> r-3',
      'r-9',
    ]);
    await page.getByLabel('The Library').uncheck();
    await page.getByLabel('r-9').uncheck();
    expect(await detailsAfter(page)).toEqual([{ type: 'rooms', rooms: ['r-3'] }]);
  });

  it('picks several resources by checkboxes', async () => {
    const page = await open({ type: 'rooms' });
    await page.getByLabel('The Library').check();
    await page.getByLabel('bold').check();
    expect(await detailsAfter(page)).toEqual([{ type: 'rooms', rooms: ['r-1', 'r-3'] }]);
  });

  it('picks one by radio buttons', async () => {
    const page = await open({ type: 'room' });
    await page.getByLabel('The Library').check();
    await page.getByLabel('The Cellar').check();
    expect(await detailsAfter(page)).toEqual([{ type: 'room', rooms: ['r-2'] }]);
  });

  it('waits for about two seconds where the API does not answer, and can still agree', async () => {
    isDown = true;
    const start = Date.now();
    // One that was not named before.
    const page = await open({ type: 'rooms', rooms: ['r-2'] });
    expect(await page.textContent('.details')).toContain('The names are not available now.');
    expect(Date.now() - start).toBeLessThan(10_000);
    expect(await detailsAfter(page)).toEqual([{ type: 'rooms', rooms: ['r-2'] }]);
    isDown = false;
  });
});
