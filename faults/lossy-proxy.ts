/** A proxy between callers and a node, which loses data like a network. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * - `pass`: loses nothing.
 * - `request`: half of the request arrives, then the connection breaks.
 * - `answer`: the whole request arrives, and nothing of the answer.
 * - `half`: the first bytes of the answer come through.
 */
export type Loss = 'pass' | 'request' | 'answer' | 'half';

export interface LossyProxy {
  readonly address: string;
  /** For connections that are opened from now on. */
  lose(loss: Loss): void;
  /** The last answer that was lost. */
  lost(): string;
  close(): Promise<void>;
}

/** Callers must open a connection for each request. */
export async function startLossyProxy(port: number): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  let loss: Loss = 'pass';
  let lost = '';
  const server = createServer((client) => {
    const mode = loss;
    const node = connect(port, '127.0.0.1');
    const breakOff = (): void => {
      client.resetAndDestroy();
      node.destroy();
    };
    for (const socket of [client, node]) {
      sockets.add(socket);
      socket.on('error', breakOff);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (data: Buffer) => {
      if (mode !== 'request') return node.write(data);
      return node.end(data.subarray(0, data.length / 2), breakOff);
    });
    node.on('data', (data: Buffer) => {
      if (mode === 'pass') return client.write(data);
      lost = data.toString('latin1');
      if (mode === 'half') return client.write(data.subarray(0, data.length / 2), breakOff);
      return breakOff();
    });
    node.on('close', () => client.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lose: (next) => {
      loss = next;
    },
    lost: () => lost,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
