/**
 * Refused connections are not read for a short time. A refusal costs a fifth of the work itself.
 * Callers that ignore Retry-After would leave no time for admitted requests. So refusals have a
 * limited rate and a limited cost. Data that is sent meanwhile waits at the sender.
 */
import type { Socket } from 'node:net';
import { rest, wake as wakeUp } from './connections.ts';
import { createLine } from './line.ts';

export interface Resting {
  /** Called after the answer was written. */
  rest(socket: Socket): void;
  readonly size: number;
  stop(): void;
}

const leastMilliseconds = 20;
/** A refusal takes about 30 µs including its head: at most a seventh of a core. */
const wokenPerSecond = 5000;
const wakeEveryMilliseconds = 5;

interface Rester {
  readonly socket: Socket;
  readonly since: number;
}

/** `isBusy` says whether refusals must still be limited. */
export function createResting(isBusy: () => boolean, now = () => performance.now()): Resting {
  const line = createLine<Rester>();
  /** A connection that sent many requests at once rests once. */
  const known = new Set<Socket>();
  let wokenAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let arrived: Socket[] = [];

  const wakeFirst = ({ socket }: Rester): void => {
    line.dropFirst();
    known.delete(socket);
    if (!socket.destroyed) wakeUp(socket);
  };

  const wake = (): void => {
    timer = undefined;
    const time = now();
    const paced = Math.ceil(((time - wokenAt) * wokenPerSecond) / 1000);
    wokenAt = time;
    for (let left = isBusy() ? paced : line.size; left > 0; left -= 1) {
      const { first } = line;
      if (first === undefined || time - first.since < leastMilliseconds) break;
      wakeFirst(first);
    }
    arm();
  };
  const arm = (): void => {
    if (line.size > 0) timer ??= setTimeout(wake, wakeEveryMilliseconds);
  };

  /** After an answer, Node reads the rest of the request to discard it. So this comes later. */
  const pause = (): void => {
    const since = now();
    for (const socket of arrived) {
      if (socket.destroyed) {
        known.delete(socket);
        continue;
      }
      socket.pause();
      line.add({ socket, since });
    }
    arrived = [];
    if (timer === undefined) wokenAt = since;
    arm();
  };

  return {
    rest(socket) {
      if (known.has(socket)) return;
      known.add(socket);
      // The requests that arrived with the refused one must wait as well.
      rest(socket);
      if (arrived.push(socket) === 1) setImmediate(pause);
    },
    get size() {
      return line.size;
    },
    stop() {
      clearTimeout(timer);
      for (let { first } = line; first !== undefined; { first } = line) wakeFirst(first);
    },
  };
}
