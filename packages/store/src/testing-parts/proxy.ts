/** A proxy between a store and its database, which fails like a network. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `swallow`: passes nothing in both directions. `mute`: passes everything to the database, and none
 * of its answers. `half-open`: passes nothing on existing connections, and serves new ones.
 * `reset`: resets every connection.
 */
export type ProxyMode = 'pass' | 'swallow' | 'mute' | 'half-open' | 'reset';

export interface Proxy {
  readonly address: string;
  /** Applies to existing and new connections. */
  setMode(mode: ProxyMode): void;
  /** Delays all answers of the database by so much. */
  setLatency(milliseconds: number): void;
  /** Connections of clients that are open now. */
  readonly connections: number;
  close(): Promise<void>;
}

/**
 * Called with the data of a client before it is passed on. A test may change the mode at a certain
 * text.
 */
export type OnSent = (text: string) => void;

/** The present mode of the proxy, and its connections. */
interface Way {
  mode: ProxyMode;
  latency: number;
  readonly clients: Set<Socket>;
  readonly silenced: WeakSet<Socket>;
  readonly onSent: OnSent;
}

function passOn(way: Way, client: Socket, database: Socket): void {
  const isSilent = () => way.mode === 'swallow' || way.silenced.has(client);
  const giveBack = (data: Buffer | string) => {
    if (!isSilent() && way.mode !== 'mute' && !client.destroyed) client.write(data);
  };
  client.on('data', (data) => {
    way.onSent(data.toString('latin1'));
    if (!isSilent()) database.write(data);
  });
  database.on('data', (data) => {
    if (way.latency === 0) giveBack(data);
    else setTimeout(giveBack, way.latency, data);
  });
  for (const socket of [client, database]) {
    socket.on('error', () => {});
    socket.on('close', () => {
      way.clients.delete(client);
      if (socket === client) database.destroy();
      else if (!isSilent()) client.destroy();
    });
  }
}

/**
 * With `socket` it is reached like a database on this machine. With `TCP` connections can also be
 * reset.
 */
export async function startProxy(
  databaseFolder: string,
  onSent: OnSent = () => {},
  by: 'socket' | 'TCP' = 'socket',
): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), 'kw-proxy-'));
  const clients = new Set<Socket>();
  const way: Way = { mode: 'pass', latency: 0, clients, silenced: new WeakSet(), onSent };
  const server = createServer({ noDelay: true }, (client) => {
    if (way.mode === 'reset') return void client.resetAndDestroy();
    clients.add(client);
    passOn(way, client, connect(join(databaseFolder, '.s.PGSQL.5432')));
  });
  if (by === 'TCP') server.listen(0, '127.0.0.1');
  else server.listen(join(folder, '.s.PGSQL.5432'));
  await once(server, 'listening');
  return {
    address: by === 'TCP' ? addressAt(server) : addressIn(folder),
    setMode: (next) => {
      way.mode = next;
      if (next === 'half-open') for (const client of clients) way.silenced.add(client);
      if (next === 'reset') for (const client of clients) client.resetAndDestroy();
    },
    setLatency: (milliseconds) => {
      way.latency = milliseconds;
    },
    get connections() {
      return clients.size;
    },
    close: async () => {
      for (const client of clients) client.destroy();
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function addressAt(server: Server): string {
  return `postgres://keywright@127.0.0.1:${(server.address() as AddressInfo).port}/postgres?sslmode=disable`;
}

function addressIn(folder: string): string {
  return `postgres://keywright@localhost/postgres?host=${encodeURIComponent(folder)}`;
}
