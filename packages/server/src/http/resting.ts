/**
 * Connections that were refused, and are not read for a little while. To say no costs a fifth of the work itself: callers that ask
 * again at once, whatever Retry-After said, would leave no time for those that are let in. So refusals have a pace, and with it a bound on
 * what they cost; what is sent meanwhile waits where it costs nothing, with its sender.
 */
import type { Socket } from 'node:net';
import { createLine } from './line.ts';

export interface Resting {
  /** After its answer was written. */
  rest(socket: Socket): void;
  readonly size: number;
  stop(): void;
}

type RestingSocket = Pick<Socket, 'pause' | 'resume' | 'destroyed'>;

const leastMilliseconds = 20;
/** A refusal takes some 30 µs with the head that is read for it: a seventh of a core at the most. */
const wokenPerSecond = 5000;
const wakeEveryMilliseconds = 5;

interface Rester {
  readonly socket: RestingSocket;
  readonly since: number;
}

/** `isBusy` tells whether refusals still have to keep their pace. */
export function createResting(isBusy: () => boolean, now = () => performance.now()): Resting {
  const line = createLine<Rester>();
  /** One that sent many requests at once rests once. */
  const known = new Set<RestingSocket>();
  let wokenAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let arrived: Socket[] = [];

  const wakeFirst = ({ socket }: Rester): void => {
    line.dropFirst();
    known.delete(socket);
    if (!socket.destroyed) socket.resume();
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

  /** Node reads on when it has finished an answer, to get rid of what is left of the request: only after that. */
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
