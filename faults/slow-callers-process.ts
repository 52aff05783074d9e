/**
 * The process of slow-callers.ts: callers that use as much as they can for as long as they can.
 * Reads a plan as JSON from standard input, and writes the results of each kind to standard output.
 */
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { SlowKind, SlowPlan, SlowResult } from './slow-callers.ts';

const head =
  'POST /token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n';
const document = 'GET /.well-known/openid-configuration HTTP/1.1\r\nHost: a\r\n\r\n';
const openedTogether = 50;
const openEveryMilliseconds = 50;

function drip(socket: Socket, piece: string, milliseconds: number): void {
  const timer = setInterval(() => {
    if (!socket.destroyed) socket.write(piece);
  }, milliseconds);
  socket.once('close', () => clearInterval(timer));
}

/** What each does after it is connected. */
const behaviours: Readonly<Record<SlowKind, (socket: Socket) => void>> = {
  'idle connections': (socket) => void socket.resume(),
  'slow heads': (socket) => {
    socket.resume().write('GET /jwks HTTP/1.1\r\nHost: a\r\n');
    drip(socket, 'X-a: b\r\n', 1000);
  },
  'slow bodies': (socket) => {
    socket.resume().write(`${head}Content-Length: 60000\r\n\r\n${'a'.repeat(50_000)}`);
    drip(socket, 'a', 1000);
  },
  'bodies in crumbs': (socket) => {
    socket
      .resume()
      .write(`${head}Transfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(60_000)}`);
  },
  'slow readers': (socket) => {
    socket.pause();
    drip(socket, document.repeat(12), 50);
  },
  'half-closed connections': (socket) => void socket.resume().write('hello\r\n\r\n'),
};

async function hold(
  port: number,
  kind: SlowKind,
  count: number,
  until: number,
): Promise<SlowResult> {
  const lives: number[] = [];
  const sockets = new Set<Socket>();
  const open = (): void => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let since = 0;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('connect', () => {
      since = performance.now();
      behaviours[kind](socket);
    });
    const end = (): void => {
      if (sockets.delete(socket) && since > 0) lives.push(performance.now() - since);
    };
    // The end of the server counts, whether or not the caller agrees.
    socket.once('end', end);
    socket.once('close', end);
  };
  for (let opened = 0; opened < count; opened += openedTogether) {
    for (let each = opened; each < Math.min(count, opened + openedTogether); each += 1) open();
    await wait(openEveryMilliseconds);
  }
  await wait(until - performance.now());
  const left = sockets.size;
  for (const socket of sockets) socket.destroy();
  return { kind, count, cutOff: lives.length, left, longestSeconds: Math.max(0, ...lives) / 1000 };
}

const { port, seconds, callers } = JSON.parse(await text(process.stdin)) as SlowPlan;
const until = performance.now() + seconds * 1000;
const kinds = Object.entries(callers) as [SlowKind, number][];
const results = await Promise.all(kinds.map(([kind, count]) => hold(port, kind, count, until)));
process.stdout.write(JSON.stringify(results), () => process.exit());
