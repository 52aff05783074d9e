/** A server that misbehaves when documents are requested, or does not answer. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const behaviours = {
  'hangs before it answers': () => {},
  'hangs in its answer': (response: ServerResponse) => {
    begin(response).write('{');
  },
  'sends one byte a second': (response: ServerResponse) => {
    begin(response);
    const timer = setInterval(() => response.write(' '), 1000);
    response.on('close', () => clearInterval(timer));
  },
  'resets the connection': (response: ServerResponse) => {
    response.socket?.resetAndDestroy();
  },
  'redirects in a circle': (response: ServerResponse) => {
    response.writeHead(307, { location: response.req.url ?? '/' }).end();
  },
  'redirects to a private address': (response: ServerResponse) => {
    response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' }).end();
  },
  'answers with 1 GB': (response: ServerResponse) => {
    begin(response);
    const chunk = Buffer.alloc(64 * 1024, 0x20);
    let left = (1024 * 1024 * 1024) / chunk.length;
    const push = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        if (!response.write(chunk)) return;
      }
    };
    response.on('drain', push);
    push();
  },
} as const;

export type Behaviour = keyof typeof behaviours;
export const everyBehaviour = Object.keys(behaviours) as readonly Behaviour[];

/** Answers, or does not, by its behaviour. */
export function behave(behaviour: Behaviour, response: ServerResponse): void {
  behaviours[behaviour](response);
}

export interface HostileTarget {
  readonly origin: string;
  /** The number of requests. */
  readonly asked: number;
  close(): void;
}

export async function startHostileTarget(behaviour: Behaviour): Promise<HostileTarget> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.on('error', () => {});
    behave(behaviour, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get asked() {
      return asked;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function begin(response: ServerResponse): ServerResponse {
  // Of the requested type, so that it is read.
  const [type = 'application/json'] = (response.req.headers.accept ?? '').split(',');
  return response.writeHead(200, { 'content-type': type });
}
