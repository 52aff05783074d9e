/** A node:http server with bounds on everything that a caller can stretch, and a stop that loses nothing. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

// `import 'node:http'` would evaluate every lazy export of it, a whole fetch client among them: 15 MB and 25 ms.
const { createServer } = process.getBuiltinModule('node:http');

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export interface RunningServer {
  /** The port that was taken. */
  readonly port: number;
  /** Finishes what is in flight, closes what is idle, and resolves when all is closed or the time is over. */
  stop(graceMilliseconds: number): Promise<void>;
}

/** A head must be there within 10 s and the whole request within 20 s: nobody holds a connection by dripping bytes. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 2000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  requireHostHeader: true,
} as const;

const statusOfError: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What is no HTTP gets a plain answer without a word about why, and the connection ends. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = statusOfError[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** RFC 9110 §10.1.1: an expectation other than 100-continue cannot be met. */
function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(417, { connection: 'close', 'content-length': '0' }).end();
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function stop(server: Server, graceMilliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMilliseconds);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Starts listening; rejects with the system's error when the address is taken. */
export async function startNodeServer(
  listener: Listener,
  host: string,
  port: number,
): Promise<RunningServer> {
  const server = createServer(limits, listener);
  server.maxRequestsPerSocket = 0;
  server.on('clientError', refuseMalformed);
  // The listener decides before it asks for the body.
  server.on('checkContinue', listener);
  server.on('checkExpectation', refuseExpectation);
  const taken = await listen(server, host, port);
  return { port: taken, stop: (graceMilliseconds) => stop(server, graceMilliseconds) };
}
