/**
 * A node:http server that limits everything that a caller can extend, and that loses nothing when
 * it stops.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { boundConnections, refuseInOrder } from './connections.ts';
import { type Acceptors, startAcceptors } from './acceptors.ts';
import type { TlsMaterial } from './tls-files.ts';

// `import 'node:http'` would evaluate every lazy export of it, including a fetch client: 15 MB and
// 25 ms.
const { createServer } = process.getBuiltinModule('node:http');

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export interface RunningServer {
  /** The port that is used. */
  readonly port: number;
  /** Sets other certificates for new connections. */
  renew(material: TlsMaterial): void;
  /**
   * Accepts no new connections from now on, because another process listens on the same port.
   * Existing connections continue.
   */
  leave(): void;
  /**
   * Finishes open requests, closes idle connections, and resolves when all are closed or the time
   * is over.
   */
  stop(graceMilliseconds: number): Promise<void>;
}

/**
 * A head must arrive within 10 s and the whole request within 20 s, so that a slow sender cannot
 * keep a connection. All late connections of one check are closed in one turn. So checks are
 * frequent, because thousands of them at once would delay everybody else.
 */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 250,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  requireHostHeader: true,
} as const;

const statusOfError: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * Time for a caller to read the answer after the server has announced the end. The server does not
 * wait for the caller to close.
 */
const lingerMilliseconds = 2000;
const refused = new WeakSet<Duplex>();

/**
 * A connection that sent nothing in this time has no request. An answer 408 would cost ten times as
 * much as closing.
 */
function isSilent({ code }: NodeJS.ErrnoException, socket: Duplex): boolean {
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' && 'bytesRead' in socket && socket.bytesRead === 0;
}

/**
 * Bytes that are not HTTP, or that are too slow, get a short answer without a reason, and the
 * connection ends.
 */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Further bytes are discarded. Closing now would reset the connection before the caller reads the
  // answer.
  if (refused.has(socket)) return;
  if (!socket.writable || error.code === 'ECONNRESET' || isSilent(error, socket)) {
    socket.destroy();
    return;
  }
  const status = statusOfError[error.code ?? ''] ?? '400 Bad Request';
  refuseInOrder(socket, () => {
    if (refused.has(socket)) return;
    refused.add(socket);
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    setTimeout(() => socket.destroy(), lingerMilliseconds).unref();
  });
}

/** RFC 9110 §10.1.1: an expectation other than 100-continue cannot be met. */
function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(417, { connection: 'close', 'content-length': '0' }).end();
}

/**
 * Connections that wait until they are accepted. If no slot is free, the caller gets no answer and
 * tries again after a second. The 511 slots of Node are too few, because a busy server gets more in
 * a twentieth of a second. The system may allow fewer (net.core.somaxconn).
 */
const backlog = 4096;

/**
 * How long a seemingly idle connection is still read. A request that it has just sent is answered,
 * and this is its last answer.
 */
const settleMilliseconds = 200;

async function stop(
  server: Server,
  acceptors: Acceptors,
  closeConnections: () => void,
  graceMilliseconds: number,
): Promise<void> {
  const force = setTimeout(closeConnections, graceMilliseconds);
  setTimeout(() => server.close(), Math.min(settleMilliseconds, graceMilliseconds)).unref();
  acceptors.close();
  await acceptors.closed;
  clearTimeout(force);
}

/** Each idle connection needs some kilobytes. */
export const mostConnections = 10_000;

/** https at the server itself. */
export interface SecureSettings {
  readonly material: TlsMaterial;
  /**
   * Whether clients are asked for a certificate. TLS does not decide which certificate is valid.
   */
  readonly asksClients: boolean;
}

export interface ServerSettings {
  /** The largest number of connections. Default 10,000. */
  readonly connections?: number;
  /** Uses https. Default: http. */
  readonly secure?: SecureSettings | undefined;
  /** The number of listening sockets. Default 1 (acceptors.ts). */
  readonly acceptors?: number;
}

/** As with a head: an unfinished handshake must not keep a connection. */
const handshakeTimeout = 10_000;

function createSecureServer(
  { material, asksClients }: SecureSettings,
  listener: Listener,
): SecureServer {
  const { createServer: create } = process.getBuiltinModule('node:https');
  const settings = {
    ...limits,
    ...material,
    handshakeTimeout,
    requestCert: asksClients,
    rejectUnauthorized: false,
  };
  const server = create(settings, listener);
  // A connection has one certificate, from its handshake.
  server.on('secureConnection', (socket) => socket.disableRenegotiation());
  // Node would answer in HTTP to bytes that are not TLS.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/** Starts listening. Rejects with the system's error if the address is in use. */
export async function startNodeServer(
  listener: Listener,
  host: string,
  port: number,
  { connections = mostConnections, secure, acceptors: count = 1 }: ServerSettings = {},
): Promise<RunningServer> {
  const https = secure === undefined ? undefined : createSecureServer(secure, listener);
  const server: Server = https ?? createServer(limits, listener);
  server.maxRequestsPerSocket = 0;
  const closeConnections = boundConnections(server, connections, undefined, https !== undefined);
  server.on('clientError', refuseMalformed);
  // The listener decides before the body is requested.
  server.on('checkContinue', listener);
  server.on('checkExpectation', refuseExpectation);
  const acceptors = await startAcceptors(server, { host, port, backlog, acceptors: count });
  return {
    port: acceptors.port,
    renew: (material) => https?.setSecureContext(material),
    leave: () => acceptors.close(),
    stop: (graceMilliseconds) => stop(server, acceptors, closeConnections, graceMilliseconds),
  };
}
