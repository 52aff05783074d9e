/**
 * Node accepts one new connection from each listening socket in each turn of the event loop (libuv
 * 1.45 and newer). Under load a turn takes 20 ms or more. If a hundred callers connect at once, the
 * last one waits for two seconds, however fast its answer is. So one port has several listening
 * sockets if the system supports it (SO_REUSEPORT), and the kernel distributes new connections over
 * them.
 */
import type { AddressInfo, Server, ServerOpts, Socket } from 'node:net';

const { createServer, Server: NetServer } = process.getBuiltinModule('node:net');

/** The number of new connections that the public port accepts in one turn. */
export const acceptorsOfServer = 4;

export interface ListenAt {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
  /** The number of listening sockets if the system can share a port. Otherwise one. */
  readonly acceptors: number;
}

export interface Acceptors {
  readonly port: number;
  /** Accepts no new connection from now on. Accepted connections continue. */
  close(): void;
  /** Resolves when `close` was called and the last connection has ended. */
  readonly closed: Promise<void>;
}

/**
 * Only Linux distributes connections over such sockets. A worker of a cluster gets its connections
 * as messages, many in a turn.
 */
function canShare(): boolean {
  return process.platform === 'linux' && !process.getBuiltinModule('node:cluster').isWorker;
}

function listen(
  server: Server,
  { host, port, backlog }: ListenAt,
  reusePort: boolean,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog, reusePort }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function whenClosed(server: Server): Promise<void> {
  return new Promise((resolve) => server.once('close', resolve));
}

/**
 * The `close` of node:http would also close idle connections, whose next request may be on its way.
 */
function close(server: Server): void {
  NetServer.prototype.close.call(server);
}

/**
 * Two servers that share a port do not notice each other. A server that does not share the port
 * notices the other one.
 */
async function assertFree(at: ListenAt): Promise<void> {
  if (at.port === 0) return;
  const probe = createServer();
  await listen(probe, at, false);
  const closed = whenClosed(probe);
  probe.close();
  await closed;
}

/**
 * Sockets of the same kind: https ends a connection when its caller does, http lets the answer go
 * out.
 */
function optionsOf(server: Server): ServerOpts {
  const { allowHalfOpen, noDelay } = server as Server &
    Pick<ServerOpts, 'allowHalfOpen' | 'noDelay'>;
  return { allowHalfOpen, noDelay };
}

/**
 * Listens at the address, and gives each new connection to `server`. It does not bound the number
 * of connections (connections.ts). When it fails, nothing listens.
 * @throws the system's error, such as EADDRINUSE
 */
export async function startAcceptors(server: Server, at: ListenAt): Promise<Acceptors> {
  const isShared = at.acceptors > 1 && canShare();
  if (isShared) await assertFree(at);
  const port = await listen(server, at, isShared);
  const give = (socket: Socket): void => void server.emit('connection', socket);
  const others = Array.from({ length: isShared ? at.acceptors - 1 : 0 }, () =>
    createServer(optionsOf(server), give),
  );
  const all = [server, ...others];
  const closed = Promise.all(all.map(whenClosed)).then(() => undefined);
  try {
    await Promise.all(others.map((other) => listen(other, { ...at, port }, true)));
  } catch (error) {
    all.forEach(close);
    throw error;
  }
  return { port, close: () => all.forEach(close), closed };
}
