import type { HttpRequest } from '@keywright/core';
import { expect, test } from 'vitest';
import { toFetchHandler } from './fetch-handler.ts';

const seen: HttpRequest[] = [];
const handler = toFetchHandler(
  {
    handle: (request) => {
      seen.push(request);
      return Promise.resolve({
        status: 200,
        headers: { 'set-cookie': ['a=1', 'b=2'] },
        body: 'ok',
      });
    },
  },
  { issuer: 'https://login.example' },
);
const post = (body: BodyInit) =>
  handler(new Request('https://login.example/token?a=b', { method: 'POST', body }), {
    remoteAddress: '192.0.2.1',
  });

test('with the fetch handler, a web-standard request reaches core, and the response comes back', async () => {
  const response = await post('x=y');
  expect(seen.at(-1)).toMatchObject({
    method: 'POST',
    path: '/token',
    query: 'a=b',
    body: 'x=y',
    remoteAddress: '192.0.2.1',
  });
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(await response.text()).toBe('ok');
});

test('with the fetch handler, a body is bounded and must be UTF-8', async () => {
  expect((await post('a'.repeat(65_537))).status).toBe(413);
  expect((await post(new Uint8Array([0xff]))).status).toBe(400);
});
