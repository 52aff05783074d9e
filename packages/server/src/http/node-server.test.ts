import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { refuseMalformed, startNodeServer } from './node-server.ts';

function open(port: number) {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  return { socket, all: text(socket) };
}

describe('a server that is told to stop', () => {
  test('answers the requests in work, accepts no new one, and then ends', async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<ServerResponse>();
    const server = await startNodeServer((_, response) => arrive(response), '127.0.0.1', 0);
    const { all } = open(server.port);
    const response = await arrived;
    const stopped = server.stop(5000);
    await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow();
    response.writeHead(200, { connection: 'close', 'content-length': '4' }).end('done');
    expect(await all).toMatch(/^HTTP\/1.1 200 [\s\S]*done$/);
    await stopped;
  });

  test('answers a request that an idle connection has just sent', async () => {
    let asked = 0;
    const server = await startNodeServer(
      (_, response) =>
        void response
          .writeHead(200, { connection: (asked += 1) > 1 ? 'close' : 'keep-alive' })
          .end(),
      '127.0.0.1',
      0,
    );
    const { socket, all } = open(server.port);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await server.stop(60_000);
    expect((await all).split('HTTP/1.1 200 OK')).toHaveLength(3);
  });

  test('closes idle connections soon', async () => {
    const server = await startNodeServer((_, response) => response.end('ok'), '127.0.0.1', 0);
    const { socket, all } = open(server.port);
    await new Promise((resolve) => socket.once('data', resolve));
    await server.stop(60_000);
    expect(await all).toContain('ok');
  });

  test('ends the remaining connections when the time is over', async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const server = await startNodeServer(() => arrive(), '127.0.0.1', 0);
    const { all } = open(server.port);
    await arrived;
    await server.stop(1);
    await all.catch(() => undefined);
  });
});

test('a client that is told that its bytes are not HTTP, and keeps the connection, is disconnected', async () => {
  const server = await startNodeServer(() => undefined, '127.0.0.1', 0);
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write('hello\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
  // What is sent to a connection that is gone is answered with a reset.
  const reset = once(socket, 'error');
  const writing = setInterval(() => socket.write('more'), 100);
  await reset;
  clearInterval(writing);
  await server.stop(0);
});

test('a client that is too slow is told so when its request has begun, and is closed silently when it has sent nothing', async () => {
  const limits = { headersTimeout: 20, requestTimeout: 20, connectionsCheckingInterval: 5 };
  const server = process.getBuiltinModule('node:http').createServer(limits);
  server.on('clientError', refuseMalformed).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const [silent, slow] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  slow.write('GET / HTTP/1.1\r\nHost: a\r\n');
  expect(await text(slow)).toMatch(/^HTTP\/1.1 408 /);
  expect(await text(silent)).toBe('');
  server.close();
});

test('a client that sends a megabyte of headers is told that they are too large, before all of them are read', async () => {
  const server = await startNodeServer(() => undefined, '127.0.0.1', 0);
  const socket = connect(server.port, '127.0.0.1');
  socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX-a: ${'a'.repeat(1_000_000)}\r\n\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1.1 431 /);
  await server.stop(0);
});

test('a port that is in use is reported as the error of the system', async () => {
  const first = await startNodeServer(() => undefined, '127.0.0.1', 0);
  await expect(startNodeServer(() => undefined, '127.0.0.1', first.port)).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await first.stop(0);
});
