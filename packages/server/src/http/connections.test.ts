import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectSecure } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { createSelfSigned } from '../../../jwt/src/testing-parts/certificates.ts';
import {
  beginInOrder,
  boundConnections,
  countAnswer,
  countWhole,
  rest,
  wake,
} from './connections.ts';
import { startNodeServer } from './node-server.ts';

const { createServer } = process.getBuiltinModule('node:http');
const ask = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const answer = (from: IncomingMessage, to: ServerResponse) =>
  beginInOrder(from.socket, () => begin(from, to));

function begin(from: IncomingMessage, to: ServerResponse) {
  const finish = (): void => {
    countWhole(from.socket);
    to.end('ok');
    countAnswer(from.socket);
  };
  if (from.method === 'GET') finish();
  else from.resume().once('end', finish);
}

/** Begins each request, and leaves it without an answer. */
const keep = (waiting: ServerResponse[]) => (from: IncomingMessage, to: ServerResponse) =>
  beginInOrder(from.socket, () => {
    countWhole(from.socket);
    waiting.push(to);
  });

async function start(listener = answer, most = 100): Promise<number> {
  const server = await startNodeServer(listener, '127.0.0.1', 0, { connections: most });
  ends.push(() => server.stop(0));
  return server.port;
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  ends.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** So many times the event loop reads what came in. What has not begun then does not begin. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function answered(socket: Socket): Promise<string> {
  socket.write(ask);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString().split('\r\n')[0] ?? '';
}

const ended = (socket: Socket) =>
  new Promise<void>((resolve) => void socket.once('close', () => resolve()));

describe('connections', () => {
  test('are bounded: for a new one, the oldest that has sent nothing is closed', async () => {
    const port = await start(answer, 3);
    const used = await open(port);
    await answered(used);
    const silent = await open(port);
    const youngest = await open(port);
    const closed = ended(silent);
    const latest = await open(port);
    expect(await answered(latest)).toBe('HTTP/1.1 200 OK');
    await closed;
    expect(await answered(used)).toBe('HTTP/1.1 200 OK');
    expect(await answered(youngest)).toBe('HTTP/1.1 200 OK');
  });

  test('that wait for an answer stay: then the new one is closed', async () => {
    const waiting: ServerResponse[] = [];
    const port = await start(keep(waiting), 2);
    const both = [await open(port), await open(port)];
    for (const socket of both) socket.write(ask);
    await expect.poll(() => waiting.length).toBe(2);
    await ended(await open(port));
    for (const to of waiting) to.end('ok');
    expect(both.map((socket) => socket.destroyed)).toEqual([false, false]);
  });

  test('that never send the rest of their body are closed as well, whether or not they had a request before', async () => {
    const port = await start(answer, 3);
    const slow = await open(port);
    await answered(slow);
    const asking = [slow, await open(port), await open(port)];
    for (const socket of asking)
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc');
    const closed = asking.map(ended);
    for (let opened = 0; opened < 3; opened += 1)
      expect(await answered(await open(port))).toBe('HTTP/1.1 200 OK');
    await Promise.all(closed);
  });

  test('that are busy cannot keep idle ones open at the cost of new ones', async () => {
    const waiting: ServerResponse[] = [];
    const port = await start(
      (from, to) => (from.url === '/' ? answer : keep(waiting))(from, to),
      151,
    );
    const busy = await Promise.all(Array.from({ length: 150 }, () => open(port)));
    for (const socket of busy) socket.write(ask.replace('/', '/hold'));
    await expect.poll(() => waiting.length).toBe(150);
    const idle = await open(port);
    await answered(idle);
    const closed = ended(idle);
    for (let tried = 0; tried < 3 && !idle.destroyed; tried += 1) {
      const latest = await open(port);
      await Promise.race([ended(latest), closed]);
    }
    await closed;
    for (const to of waiting) to.end('ok');
  });

  test('have one request in work, and the next request is not read before its turn', async () => {
    const waiting: ServerResponse[] = [];
    const port = await start(keep(waiting));
    const socket = connect(port, '127.0.0.1');
    const asked = Array.from({ length: 10_000 }, (_, index) => ask.replace('/', `/${index}`));
    socket.end(asked.join(''));
    await expect.poll(() => waiting.length).toBe(1);
    await turns(100);
    expect(waiting).toHaveLength(1);
    expect(waiting[0]?.req.socket.bytesRead).toBeLessThanOrEqual(2 * 65_536);
    const answers = text(socket);
    for (const urls: string[] = []; urls.length < asked.length; ) {
      const to = waiting.shift();
      if (to === undefined) {
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      expect(waiting).toEqual([]);
      urls.push(to.req.url ?? '');
      expect(to.req.url).toBe(`/${urls.length - 1}`);
      to.end(`[${to.req.url}]`);
      countAnswer(to.req.socket);
    }
    expect((await answers).match(/(?<=\[\/)\d+(?=\])/g)).toEqual(
      asked.map((_, index) => `${index}`),
    );
  });

  test('that have waited longest with further requests are closed when 10,000 requests wait', async () => {
    const waiting: ServerResponse[] = [];
    const port = await start(keep(waiting));
    const sockets: Socket[] = [];
    for (let count = 1; count <= 6; count += 1) {
      const socket = await open(port);
      sockets.push(socket);
      socket.write(ask.repeat(2001));
      await expect.poll(() => waiting.length).toBe(count);
    }
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(1);
    const [, other] = waiting;
    other?.req.socket.destroy();
    await expect.poll(() => sockets[1]?.destroyed).toBe(true);
    const late = await open(port);
    late.write(ask.repeat(2001));
    await expect.poll(() => waiting.length).toBe(7);
    expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(2);
  });

  test('that have waited longest are closed when 16 MiB of their requests wait', async () => {
    const waiting: ServerResponse[] = [];
    const port = await start(keep(waiting), 1000);
    const body = 'a'.repeat(60_000);
    const long = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n${body}`;
    const sockets: Socket[] = [];
    for (let count = 1; count <= 290; count += 1) {
      const socket = await open(port);
      sockets.push(socket);
      socket.write(ask + long);
      await expect.poll(() => waiting.length, { interval: 1 }).toBe(count);
    }
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    expect(sockets.filter(({ destroyed }) => destroyed).length).toBeLessThan(30);
  });

  test('stay open when many rest and the next request of each was read', async () => {
    const waiting: ServerResponse[] = [];
    const port = await start(keep(waiting), 1000);
    const sockets: Socket[] = [];
    for (let count = 1; count <= 600; count += 1) {
      const socket = await open(port);
      sockets.push(socket);
      socket.write(ask);
      await expect.poll(() => waiting.length, { interval: 1 }).toBe(count);
      const first = waiting[count - 1] as ServerResponse;
      rest(first.req.socket);
      first.end('ok');
      countAnswer(first.req.socket);
      socket.write(ask);
    }
    await turns(100);
    expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([]);
    for (const to of waiting.slice(0, 600)) wake(to.req.socket);
    await expect.poll(() => waiting.length).toBe(1200);
  });

  test('begin no further request until the client reads the answer', async () => {
    let begun = 0;
    const port = await start((from, to) =>
      beginInOrder(from.socket, () => {
        begun += 1;
        countWhole(from.socket);
        setImmediate(() => {
          to.end('x'.repeat(1_000_000));
          countAnswer(from.socket);
        });
      }),
    );
    const socket = await open(port);
    socket.pause();
    socket.end(ask.repeat(60));
    await expect.poll(() => begun).toBeGreaterThan(0);
    await turns(500);
    expect(begun).toBeLessThan(30);
    expect((await text(socket)).match(/HTTP\/1.1 200/g)).toHaveLength(60);
    expect(begun).toBe(60);
  });

  test('begin no further request after an answer that ends them', async () => {
    const waiting: ServerResponse[] = [];
    const port = await start(keep(waiting));
    const socket = await open(port);
    socket.pause();
    socket.write(ask.repeat(3));
    await expect.poll(() => waiting.length).toBe(1);
    const [first] = waiting as [ServerResponse];
    first.writeHead(200, { connection: 'close' }).end('x'.repeat(20_000_000));
    countAnswer(first.req.socket);
    await turns(100);
    expect((await text(socket)).match(/HTTP\/1.1 200/g)).toHaveLength(1);
    expect(waiting).toHaveLength(1);
  });

  test('get the error about bytes that are not HTTP after the answers to earlier requests', async () => {
    const waiting: ServerResponse[] = [];
    const port = await start(keep(waiting));
    const socket = await open(port);
    const answers = text(socket);
    socket.write(`${ask.repeat(2)}HELLO\r\n\r\n`);
    for (let count = 1; count <= 2; count += 1) {
      await expect.poll(() => waiting.length).toBe(count);
      const to = waiting[count - 1];
      to?.end('ok');
      if (to !== undefined) countAnswer(to.req.socket);
    }
    expect((await answers).match(/(?<=HTTP\/1.1 )\d+/g)).toEqual(['200', '200', '400']);
  });

  test('that rest are not read, and none of their requests begins', async () => {
    const waiting: ServerResponse[] = [];
    const port = await start(keep(waiting));
    const socket = await open(port);
    socket.write(ask.repeat(3));
    await expect.poll(() => waiting.length).toBe(1);
    const [first] = waiting as [ServerResponse];
    rest(first.req.socket);
    first.end('ok');
    countAnswer(first.req.socket);
    await turns(100);
    expect(waiting).toHaveLength(1);
    wake(first.req.socket);
    expect(waiting).toHaveLength(2);
  });

  test('may send further requests while the server answers', async () => {
    const port = await start();
    const socket = connect(port, '127.0.0.1');
    socket.end(ask.repeat(500));
    expect((await text(socket)).match(/HTTP\/1.1 200/g)).toHaveLength(500);
  });

  test('are closed when an answer is not read for 15 seconds', async () => {
    let now = 0;
    const server = createServer((from, to) => {
      beginInOrder(from.socket, () => {
        countWhole(from.socket);
        to.end('x'.repeat(20_000_000));
        countAnswer(from.socket);
      });
    });
    boundConnections(server, 100, () => (now += 16_000));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => server.close());
    const { port } = server.address() as { port: number };
    const socket = await open(port);
    socket.pause();
    socket.write(ask);
    const [accepted] = (await once(server, 'request').then(([from]) => [from.socket])) as [Socket];
    await ended(accepted);
  });
});

describe('connections with TLS', () => {
  const certificate = createSelfSigned({ subject: [['CN', 'localhost']], dns: ['localhost'] });
  const material = { cert: certificate.cert, key: certificate.key };

  test('are bounded together with their handshakes: the oldest unfinished one is closed', async () => {
    const server = await startNodeServer(answer, '127.0.0.1', 0, {
      connections: 3,
      secure: { material, asksClients: false },
    });
    ends.push(() => server.stop(0));
    const openSecure = async () => {
      const socket = connectSecure({ port: server.port, host: 'localhost', ca: certificate.cert });
      socket.on('error', () => undefined);
      ends.push(() => socket.destroy());
      await once(socket, 'secureConnect');
      return socket;
    };
    const used = await openSecure();
    await answered(used);
    const shaking = [await open(server.port), await open(server.port)] as const;
    const latest = await openSecure();
    // Long before its time for the handshake is over.
    await expect.poll(() => shaking[0].destroyed, { timeout: 4000 }).toBe(true);
    expect(await answered(latest)).toBe('HTTP/1.1 200 OK');
    expect(await answered(used)).toBe('HTTP/1.1 200 OK');
    expect(shaking[1].destroyed).toBe(false);
  });

  test('end with the server, also during their handshake', async () => {
    const server = await startNodeServer(answer, '127.0.0.1', 0, {
      secure: { material, asksClients: false },
    });
    const shaking = await open(server.port);
    shaking.write(Buffer.from([22, 3, 1]));
    const closed = ended(shaking);
    await turns(100);
    const stopped = server.stop(0).then(() => 'stopped');
    const late = new Promise((resolve) => setTimeout(resolve, 5000, 'late'));
    expect(await Promise.race([stopped, late])).toBe('stopped');
    await closed;
  });

  test('are counted once each', async () => {
    const server = await startNodeServer(answer, '127.0.0.1', 0, {
      connections: 2,
      secure: { material, asksClients: false },
    });
    ends.push(() => server.stop(0));
    for (let round = 0; round < 5; round += 1) {
      const sockets = [0, 1].map(() =>
        connectSecure({ port: server.port, host: 'localhost', ca: certificate.cert }),
      );
      await Promise.all(sockets.map((socket) => once(socket, 'secureConnect')));
      for (const socket of sockets) expect(await answered(socket)).toBe('HTTP/1.1 200 OK');
      for (const socket of sockets) {
        socket.destroy();
        await once(socket, 'close');
      }
    }
  });
});
