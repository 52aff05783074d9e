import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createResting } from './resting.ts';

beforeEach(() =>
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] }),
);
afterEach(() => vi.useRealTimers());

interface Watched {
  paused: boolean;
  destroyed: boolean;
}

function makeSockets(count: number): readonly (Watched & Socket)[] {
  return Array.from({ length: count }, () => {
    const socket = {
      paused: false,
      destroyed: false,
      pause: () => void (socket.paused = true),
      resume: () => void (socket.paused = false),
    };
    return socket as unknown as Watched & Socket;
  });
}

const pausedOf = (sockets: readonly Watched[]) => sockets.filter(({ paused }) => paused).length;

test('a connection rests for twenty milliseconds after its answer was written', () => {
  const resting = createResting(() => true);
  const [socket] = makeSockets(1) as [Watched & Socket];
  resting.rest(socket);
  expect(socket.paused).toBe(false);
  vi.advanceTimersByTime(1);
  expect(socket.paused).toBe(true);
  vi.advanceTimersByTime(15);
  expect(socket.paused).toBe(true);
  vi.advanceTimersByTime(10);
  expect(socket.paused).toBe(false);
  expect(resting.size).toBe(0);
});

test('during overload, connections wake at a limited rate, in the order in which they came', () => {
  const resting = createResting(() => true);
  const sockets = makeSockets(6000);
  for (const socket of sockets) resting.rest(socket);
  vi.advanceTimersByTime(520);
  expect(pausedOf(sockets)).toBeGreaterThan(3200);
  expect(pausedOf(sockets)).toBeLessThan(3800);
  expect(sockets[0]?.paused).toBe(false);
  expect(sockets.at(-1)?.paused).toBe(true);
  vi.advanceTimersByTime(800);
  expect(pausedOf(sockets)).toBe(0);
});

test('after an overload, all connections wake at once', () => {
  let isBusy = true;
  const resting = createResting(() => isBusy);
  const sockets = makeSockets(6000);
  for (const socket of sockets) resting.rest(socket);
  vi.advanceTimersByTime(30);
  isBusy = false;
  vi.advanceTimersByTime(10);
  expect(pausedOf(sockets)).toBe(0);
});

test('a connection that closed meanwhile is skipped, and a stop wakes the others', () => {
  const resting = createResting(() => true);
  const [gone, other] = makeSockets(2) as [Watched & Socket, Watched & Socket];
  resting.rest(gone);
  resting.rest(other);
  vi.advanceTimersByTime(1);
  gone.destroyed = true;
  resting.stop();
  expect(other.paused).toBe(false);
});

test('a connection that had many refusals at once rests once', () => {
  const resting = createResting(() => true);
  const [socket] = makeSockets(1) as [Watched & Socket];
  for (let request = 0; request < 32; request += 1) resting.rest(socket);
  vi.advanceTimersByTime(1);
  resting.rest(socket);
  expect(resting.size).toBe(1);
  vi.advanceTimersByTime(30);
  expect(socket.paused).toBe(false);
  resting.rest(socket);
  vi.advanceTimersByTime(1);
  expect(socket.paused).toBe(true);
});
