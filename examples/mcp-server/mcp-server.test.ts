import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExampleIssuer, startIssuer } from '../guard/testing-parts/stage.ts';
import { createApp } from './app.ts';
import { scopesOf } from './tools.ts';

const both = 'notes:read notes:write';
let issuer: ExampleIssuer;
let audience: string;
let close: () => void;

beforeAll(async () => {
  issuer = await startIssuer();
  const server = createServer((request, response) => app(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  audience = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const app = createApp({ issuer: issuer.issuer, audience });
  close = () => {
    server.close();
    server.closeAllConnections();
    issuer.close();
  };
});
afterAll(() => close());

interface Asking {
  readonly scope?: string;
  readonly subject?: string;
  readonly method?: string;
  /** Of the page that asks, where one does. */
  readonly origin?: string;
}

function send(
  body: string | undefined,
  { scope, subject = 'ada', method = 'POST', origin }: Asking,
): Promise<Response> {
  return fetch(audience, {
    method,
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(origin === undefined ? {} : { origin }),
      ...(scope === undefined
        ? {}
        : { authorization: `Bearer ${issuer.token(audience, { scope, sub: subject })}` }),
    },
    ...(body === undefined ? {} : { body }),
  });
}

const toolCall = (name: string, args: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
});

async function call(name: string, args: object, asking: Asking) {
  const answer = await send(JSON.stringify(toolCall(name, args)), asking);
  const text = await answer.text();
  return { status: answer.status, challenge: answer.headers.get('www-authenticate') ?? '', text };
}

describe('the notebook of the MCP server example', () => {
  it('answers no request without a token', async () => {
    const answers = await Promise.all([
      send(JSON.stringify(toolCall('list_notes')), {}),
      send('no JSON', {}),
      send('x'.repeat(100_000), {}),
      send(undefined, { method: 'GET' }),
      send(undefined, { method: 'DELETE' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  });

  it('answers 403 to a page of another origin, with any token', async () => {
    const body = JSON.stringify(toolCall('list_notes'));
    for (const scope of [both, undefined]) {
      const answer = await send(body, { origin: 'https://evil.example', ...(scope && { scope }) });
      expect(answer.status).toBe(403);
    }
    expect((await send(body, { scope: both })).status).toBe(200);
  });

  it('shows each user their own notes', async () => {
    expect(await call('add_note', { text: 'Tea' }, { scope: both })).toMatchObject({ status: 200 });
    expect((await call('list_notes', {}, { scope: both })).text).toContain('Tea');
    expect((await call('list_notes', {}, { scope: both, subject: 'grace' })).text).not.toContain(
      'Tea',
    );
  });

  it('names all scopes that a tool needs, because the client requests exactly these', async () => {
    const refused = await call('add_note', { text: 'No' }, { scope: 'notes:read' });
    expect([refused.status, refused.challenge]).toEqual([
      403,
      expect.stringMatching(/error="insufficient_scope",.* scope="notes:read notes:write"$/),
    ]);
    expect((await call('list_notes', {}, { scope: 'notes:read' })).text).not.toContain('No');
  });

  it('checks the scopes of each message of a batch', () => {
    expect(scopesOf([toolCall('list_notes'), toolCall('add_note')])).toEqual([
      'notes:read',
      'notes:write',
    ]);
    for (const message of [
      undefined,
      null,
      1,
      [],
      {},
      { method: 'tools/list' },
      toolCall('constructor'),
    ])
      expect(scopesOf(message)).toEqual(['notes:read']);
  });

  it('has no session to listen to', async () => {
    expect((await send(undefined, { method: 'GET', scope: both })).status).toBe(405);
  });

  it.each([
    ['no JSON', '{', 400],
    ['nothing', '', 400],
    ['too much', JSON.stringify(toolCall('add_note', { text: 'x'.repeat(100_000) })), 413],
  ])('refuses %s', async (_name, body, status) => {
    expect((await send(body, { scope: both })).status).toBe(status);
  });
});
