/** Callers over raw connections: one request at a time on each. */
import { connect, type Socket } from 'node:net';
import type { Asked } from './pressure-mix.ts';

export interface Caller {
  send(asked: Asked, dueAt: number): void;
  close(): void;
}

export interface Outcome {
  /** 1 for an expected answer, 0 for a lost connection. */
  readonly status: number;
  readonly milliseconds: number;
}

/** One request at a time. The length of the answer shows which one it is. */
export function openCaller(
  port: number,
  onDone: (caller: Caller, outcome: Outcome) => void,
): Promise<Caller> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let current: { readonly asked: Asked; readonly dueAt: number } | undefined;
    let partial = '';
    const caller: Caller = {
      send(asked, dueAt) {
        current = { asked, dueAt };
        partial = '';
        socket.write(asked.bytes, 'latin1');
      },
      close: () => socket.destroy(),
    };
    const finish = (status: number): void => {
      if (current === undefined) return;
      const { asked, dueAt } = current;
      current = undefined;
      if (status === asked.expected) asked.onGood?.(partial);
      if (status === 503 || status === 429) asked.onRefused?.();
      onDone(caller, {
        status: status === asked.expected ? 1 : status,
        milliseconds: performance.now() - dueAt,
      });
    };
    socket.once('connect', () => resolve(caller));
    socket.once('error', reject);
    socket.on('error', () => finish(0));
    socket.on('close', () => finish(0));
    socket.on('data', (chunk: Buffer) => {
      partial += chunk.toString('latin1');
      const head = partial.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(partial)?.[1] ?? 0);
      if (partial.length >= head + 4 + length) finish(Number(partial.slice(9, 12)));
    });
  });
}
