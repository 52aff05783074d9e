import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTokenFetch } from './token-fetch.ts';

let answers: number[];
let sent: string[];
let dropped: string[];

const call = () => {
  let count = 0;
  const tokens = {
    get: async () => {
      count += 1;
      return `token-${count}`;
    },
    drop: (token: string) => void dropped.push(token),
  };
  return createTokenFetch(tokens)('https://api.example/buildings', { method: 'POST', body: '{}' });
};

beforeEach(() => {
  [answers, sent, dropped] = [[], [], []];
  vi.stubGlobal('fetch', async (_address: string, init: RequestInit) => {
    const body = typeof init.body === 'string' ? init.body : '';
    sent.push(`${init.method} ${body} ${new Headers(init.headers).get('authorization')}`);
    return new Response('', { status: answers.shift() ?? 200 });
  });
});
afterEach(() => vi.unstubAllGlobals());

it('the background service drops a token that the API refuses, and tries once more with a new one', async () => {
  answers = [401, 200];
  expect((await call()).status).toBe(200);
  expect(sent).toEqual(['POST {} Bearer token-1', 'POST {} Bearer token-2']);
  expect(dropped).toEqual(['token-1']);
});

it('the background service returns the second 401, and does not ask again', async () => {
  answers = [401, 401, 200];
  expect((await call()).status).toBe(401);
  expect(sent).toHaveLength(2);
});

it('the background service takes 403 as an answer', async () => {
  answers = [403];
  expect((await call()).status).toBe(403);
  expect(sent).toHaveLength(1);
  expect(dropped).toEqual([]);
});
