/**
 * A node:http server with bounds on everything that a caller can stretch, and a stop that loses
 * nothing.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { boundConnections } from './connections.ts';
import { type Acceptors, startAcceptors } from './acceptors.ts';
import type { TlsMaterial } from './tls-files.ts';

// `import 'node:http'` would evaluate every lazy export of it, a whole fetch client among them: 15
// MB and 25 ms.
const { createServer } = process.getBuiltinModule('node:http');

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export interface RunningServer {
  /** The port that was taken. */
  readonly port: number;
  /** Other certificates, for connections that are begun from now on. */
  renew(material: TlsMaterial): void;
  /**
   * Takes no new connections, from now on: another process listens on the same port. Those that are
   * there go on.
   */
  leave(): void;
  /**
   * Finishes what is in flight, closes what is idle, and resolves when all is closed or the time is
   * over.
   */
  stop(graceMilliseconds: number): Promise<void>;
}

/**
 * A head must be there within 10 s and the whole request within 20 s: nobody holds a connection by
 * dripping bytes. Those whose time is over are cut off in one turn, so they are looked for often:
 * thousands that came within two seconds and ended together kept everybody else waiting.
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
 * Who is told that the connection ends may read it, and has so long to do so: its own end is not
 * waited for.
 */
const lingerMilliseconds = 2000;
const refused = new WeakSet<Duplex>();

/**
 * Who has sent nothing in all that time has asked for nothing: to answer 408 would cost ten times
 * what it costs to close.
 */
function isSilent({ code }: NodeJS.ErrnoException, socket: Duplex): boolean {
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' && 'bytesRead' in socket && socket.bytesRead === 0;
}

/**
 * What is no HTTP, or takes too long, gets a plain answer without a word about why, and the
 * connection ends.
 */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // What still comes is thrown away: to close now would reset the connection before the answer was
  // read.
  if (refused.has(socket)) return;
  if (!socket.writable || error.code === 'ECONNRESET' || isSilent(error, socket)) {
    socket.destroy();
    return;
  }
  refused.add(socket);
  const status = statusOfError[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  setTimeout(() => socket.destroy(), lingerMilliseconds).unref();
}

/** RFC 9110 §10.1.1: an expectation other than 100-continue cannot be met. */
function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(417, { connection: 'close', 'content-length': '0' }).end();
}

/**
 * Connections that wait until they are accepted. Who finds no place is told nothing, and tries
 * again after a second: the 511 of Node are not what comes to a busy server in a twentieth of that.
 * The system may allow fewer (net.core.somaxconn).
 */
const backlog = 4096;

/**
 * So long a connection on which nothing seems to happen has to be read: what it has just sent is
 * answered, and that answer is its last.
 */
const settleMilliseconds = 200;

async function stop(server: Server, acceptors: Acceptors, graceMilliseconds: number): Promise<void> {
  const force = setTimeout(() => server.closeAllConnections(), graceMilliseconds);
  setTimeout(() => server.close(), Math.min(settleMilliseconds, graceMilliseconds)).unref();
  acceptors.close();
  await acceptors.closed;
  clearTimeout(force);
}

/** Each that only waits takes some kilobytes. */
export const mostConnections = 10_000;

/** https at the server itself. */
export interface SecureSettings {
  readonly material: TlsMaterial;
  /**
   * Whether clients are asked for a certificate: which of them is a good one is not for TLS to say.
   */
  readonly asksClients: boolean;
}

export interface ServerSettings {
  /** How many connections there may be; 10,000 by default. */
  readonly connections?: number;
  /** Speaks https. By default http. */
  readonly secure?: SecureSettings | undefined;
  /** How many sockets listen, 1 by default (acceptors.ts). */
  readonly acceptors?: number;
}

/** As with a head: nobody holds a connection by not finishing what it began. */
const handshakeTimeout = 10_000;

function createSecureServer({ material, asksClients }: SecureSettings, listener: Listener): SecureServer {
  const { createServer: create } = process.getBuiltinModule('node:https');
  const settings = {
    ...limits,
    ...material,
    handshakeTimeout,
    requestCert: asksClients,
    rejectUnauthorized: false,
  };
  const server = create(settings, listener);
  // A connection has one certificate, that of its handshake.
  server.on('secureConnection', (socket) => socket.disableRenegotiation());
  // Node would answer in HTTP what was no TLS.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/** Starts listening; rejects with the system's error when the address is taken. */
export async function startNodeServer(
  listener: Listener,
  host: string,
  port: number,
  { connections = mostConnections, secure, acceptors: count = 1 }: ServerSettings = {},
): Promise<RunningServer> {
  const https = secure === undefined ? undefined : createSecureServer(secure, listener);
  const server: Server = https ?? createServer(limits, listener);
  server.maxRequestsPerSocket = 0;
  boundConnections(server, connections, undefined, https !== undefined);
  server.on('clientError', refuseMalformed);
  // The listener decides before it asks for the body.
  server.on('checkContinue', listener);
  server.on('checkExpectation', refuseExpectation);
  const acceptors = await startAcceptors(server, { host, port, backlog, acceptors: count });
  return {
    port: acceptors.port,
    renew: (material) => https?.setSecureContext(material),
    leave: () => acceptors.close(),
    stop: (graceMilliseconds) => stop(server, acceptors, graceMilliseconds),
  };
}
