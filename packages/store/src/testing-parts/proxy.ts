/** Stands between a store and its database, and fails as networks fail: it falls silent in both directions, or in one. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `mute`: the database is given everything, and nothing of what it answers comes back. */
export type ProxyMode = 'pass' | 'swallow' | 'mute';

export interface Proxy {
  readonly address: string;
  /** Holds for connections that are there as well as for new ones. */
  setMode(mode: ProxyMode): void;
  close(): Promise<void>;
}

/** Called with what a client sends, before it is passed on: a test may change the mode at a certain word. */
export type OnSent = (text: string) => void;

export async function startProxy(databaseFolder: string, onSent: OnSent = () => {}): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), 'kw-proxy-'));
  const sockets = new Set<Socket>();
  let mode: ProxyMode = 'pass';
  const server = createServer((client) => {
    const database = connect(join(databaseFolder, '.s.PGSQL.5432'));
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (data) => {
      onSent(data.toString('latin1'));
      if (mode !== 'swallow') database.write(data);
    });
    database.on('data', (data) => {
      if (mode === 'pass') client.write(data);
    });
  });
  server.listen(join(folder, '.s.PGSQL.5432'));
  await once(server, 'listening');
  return {
    address: `postgres://keywright@localhost/postgres?host=${encodeURIComponent(folder)}`,
    setMode: (next) => {
      mode = next;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
