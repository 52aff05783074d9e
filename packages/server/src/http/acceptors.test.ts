import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, createServer as createNetServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startAcceptors } from './acceptors.ts';

const host = '127.0.0.1';
const at = { host, port: 0, backlog: 511, acceptors: 4 };

test.runIf(process.platform === 'linux')(
  'sixty-four connections that come together are accepted within a few turns of the event loop',
  async () => {
    const server = createServer();
    let accepted = 0;
    server.on('connection', () => (accepted += 1));
    const acceptors = await startAcceptors(server, at);
    const sockets = Array.from({ length: 64 }, () => connect(acceptors.port, host));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    let turns = 0;
    for (; accepted < 64; turns += 1) await nextTurn();
    for (const socket of sockets) socket.destroy();
    acceptors.close();
    await acceptors.closed;
    expect(turns).toBeLessThan(32);
  },
);

test('an address that another server uses is reported, also when that server shares its port', async () => {
  const first = createServer();
  const acceptors = await startAcceptors(first, at);
  const second = startAcceptors(createServer(), { ...at, port: acceptors.port });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  acceptors.close();
  await acceptors.closed;
});

test('close resolves when the last connection has ended, on each socket', async () => {
  const server = createServer();
  let accepted = 0;
  server.on('connection', () => (accepted += 1));
  const acceptors = await startAcceptors(server, at);
  const sockets = Array.from({ length: 32 }, () => connect(acceptors.port, host));
  while (accepted < 32) await nextTurn();
  acceptors.close();
  let isClosed = false;
  void acceptors.closed.then(() => (isClosed = true));
  for (let turn = 0; turn < 50; turn += 1) await nextTurn();
  expect(isClosed).toBe(false);
  for (const socket of sockets) socket.destroy();
  await acceptors.closed;
});

test('a connection ends when its caller ends it, on each socket, where the server asks for that', async () => {
  // As node:https does, and node:http does not.
  const server = createNetServer({ allowHalfOpen: false }, (socket) => void socket.resume());
  const acceptors = await startAcceptors(server, at);
  const sockets = Array.from({ length: 32 }, () =>
    connect({ port: acceptors.port, host, allowHalfOpen: true }),
  );
  await Promise.all(
    sockets.map(async (socket) => {
      await once(socket, 'connect');
      socket.resume().end();
      await once(socket, 'end');
    }),
  );
  acceptors.close();
  await acceptors.closed;
});
