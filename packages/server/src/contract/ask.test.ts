import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRequestSender } from './ask.ts';

const ask = createRequestSender({ timeoutSeconds: 0.2, maxBodyBytes: 1000 });
const get = (url: string, headers: readonly string[] = []) => ask({ url, method: 'GET', headers });
const seen: string[][] = [];

const server = createServer((request, response) => {
  seen.push(request.rawHeaders);
  if (request.url === '/redirect') response.writeHead(302, { location: '/elsewhere' }).end();
  else if (request.url === '/endless') {
    response.on('error', () => undefined);
    const more = () => response.write('x'.repeat(500)) && setImmediate(more);
    more();
    response.on('drain', more);
  } else if (request.url === '/silent') response.flushHeaders();
  else if (request.url === '/cut') response.socket?.destroy();
  else if (request.url === '/long-head') response.writeHead(200, { x: 'a'.repeat(40_000) }).end();
  else
    response.writeHead(200, ['www-authenticate', 'Basic', 'WWW-Authenticate', 'Bearer']).end('ok');
});
const mute = createSocketServer((socket) =>
  socket
    .on('error', () => undefined)
    .resume()
    .end('SSH-2.0-x\r\n\r\n'),
);
let origin: string;
let muteOrigin: string;

const listen = async (what: ReturnType<typeof createSocketServer>) => {
  await new Promise<void>((resolve) => what.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(what.address() as AddressInfo).port}`;
};
beforeAll(async () => {
  [origin, muteOrigin] = await Promise.all([listen(server), listen(mute)]);
});
afterAll(() => {
  server.close().closeAllConnections();
  mute.close();
});

it('the contract check sends a header twice where a check needs it, and gets each field of the answer', async () => {
  const answer = await get(`${origin}/`, [
    'authorization',
    'Bearer a',
    'authorization',
    'Bearer b',
  ]);
  expect(answer).toMatchObject({ status: 200, body: 'ok', cut: false });
  expect(answer.headers.get('www-authenticate')).toEqual(['Basic', 'Bearer']);
  expect(seen.at(-1)?.filter((text) => text.startsWith('Bearer'))).toEqual([
    'Bearer a',
    'Bearer b',
  ]);
});

it('the contract check follows no redirect', async () => {
  expect((await get(`${origin}/redirect`)).status).toBe(302);
});

it('the contract check reads a body only up to its limit', async () => {
  const { body, cut } = await get(`${origin}/endless`);
  expect([body.length, cut]).toEqual([1000, true]);
});

it.each([
  ['/silent', 'no answer within 0.2 s'],
  ['/cut', 'the connection was cut'],
  ['/long-head', 'the head of the answer is too long'],
])('the contract check says why there is no answer at %s', async (path, message) => {
  await expect(get(origin + path)).rejects.toThrow(message);
});

it('the contract check says why a port without an HTTP server gives no answer', async () => {
  await expect(get(muteOrigin)).rejects.toThrow('the server at this address does not speak HTTP');
  const gone = createSocketServer();
  const nobody = await listen(gone);
  await new Promise((resolve) => gone.close(resolve));
  await expect(get(nobody)).rejects.toThrow('no server listens at this address');
});
