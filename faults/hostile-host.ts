/**
 * Hosts of clients that misbehave, each at its own address (127.0.x.y), and a working one. All use
 * https, with a certificate that a server can be configured to trust. Their requests, and the bytes
 * that were read of their answers, are recorded.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { createSelfSigned } from '../packages/jwt/src/testing-parts/certificates.ts';
import { behave, everyBehaviour } from './hostile-target.ts';

export const everyHostBehaviour = [
  ...everyBehaviour,
  'answers late, with another type',
  /** So slowly that the sent bytes were read, because the network buffers only a few. */
  'answers without end',
] as const;
export type HostBehaviour = (typeof everyHostBehaviour)[number];

/** A request that arrived. */
export interface Asked {
  /** Of its host: `127.0.x.y`. */
  readonly host: string;
  readonly path: string;
  readonly body: string;
  readonly at: number;
  /** The working host was down, and answered so. */
  readonly isDown: boolean;
  /**
   * The bytes of the answer with TLS, as they were given to the network until the connection ended.
   */
  readonly bytes: () => number;
}

export interface HostileHosts {
  readonly asked: readonly Asked[];
  /** The number of connections that were opened. */
  readonly connections: number;
  /** The path of the PEM file with its certificate, for NODE_EXTRA_CA_CERTS. */
  readonly authority: string;
  readonly port: number;
  /** `https://127.0.<door>.<behaviour>:<port>`, without a slash at the end. */
  origin(door: number, behaviour: HostBehaviour): string;
  /** A host that answers at once with the given text of the path. */
  readonly sound: string;
  serve(path: string, body: string, type?: string): void;
  /** Answers every POST with 500 until this is changed. */
  isDown: boolean;
  close(): void;
}

const mostDoors = 8;
const pieceBytes = 16 * 1024;
const betweenPiecesMilliseconds = 10;
/** Three times this is longer than any caller may wait. */
const lateMilliseconds = 2000;

interface Served {
  readonly body: string;
  readonly type: string;
}

export async function startHostileHosts(): Promise<HostileHosts> {
  const asked: Asked[] = [];
  const served = new Map<string, Served>();
  const state = { isDown: false };
  const { cert, key } = createCertificate();
  const { authority, remove } = keepAuthority(cert);

  const server = createServer({ cert, key }, (request, response) => {
    response.on('error', () => {});
    void note(request, response);
  });
  const connected = watchConnections(server);
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function note(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket, url: path = '' } = request;
    const host = socket.localAddress ?? '';
    const at = performance.now();
    const body = await text(request).catch(() => '');
    asked.push({ host, path, body, at, isDown: state.isDown, bytes: () => socket.bytesWritten });
    const [, , door, index = 0] = host.split('.').map(Number);
    const behaviour = door === 0 ? undefined : everyHostBehaviour[index - 1];
    if (behaviour !== undefined) misbehave(behaviour, response, connected.find(socket.remotePort));
    else if (request.method === 'POST') response.writeHead(state.isDown ? 503 : 204).end();
    else answerSoundly(served.get(path), response);
  }

  return {
    asked,
    get connections() {
      return connected.count;
    },
    authority,
    port,
    origin: (door, behaviour) =>
      `https://127.0.${door}.${everyHostBehaviour.indexOf(behaviour) + 1}:${port}`,
    sound: `https://127.0.0.1:${port}`,
    serve: (at, body, type = 'application/json') => void served.set(at, { body, type }),
    get isDown() {
      return state.isDown;
    },
    set isDown(isDown) {
      state.isDown = isDown;
    },
    close() {
      server.close();
      server.closeAllConnections();
      remove();
    },
  };
}

function createCertificate() {
  const addresses = Array.from({ length: mostDoors }, (_, door) =>
    everyHostBehaviour.map((_behaviour, index) => [127, 0, door + 1, index + 1]),
  ).flat();
  return createSelfSigned({
    subject: [['CN', 'localhost']],
    dns: ['localhost'],
    addresses: [[127, 0, 0, 1], ...addresses],
  });
}

function keepAuthority(cert: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-hosts-'));
  const authority = path.join(folder, 'authority.pem');
  writeFileSync(authority, cert);
  return { authority, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The connections below TLS, where they can be reset, by the port of their other end. */
function watchConnections(server: Server) {
  let count = 0;
  const plain = new Map<number | undefined, Socket>();
  server.on('tlsClientError', () => {});
  server.on('connection', (socket: Socket) => {
    count += 1;
    plain.set(socket.remotePort, socket);
  });
  return {
    get count() {
      return count;
    },
    find: (port: number | undefined) => plain.get(port),
  };
}

function misbehave(
  behaviour: HostBehaviour,
  response: ServerResponse,
  connection: Socket | undefined,
): void {
  if (behaviour === 'answers late, with another type') answerLate(response);
  else if (behaviour === 'answers without end') answerWithoutEnd(response);
  else if (behaviour === 'resets the connection') connection?.resetAndDestroy();
  else behave(behaviour, response);
}

function answerSoundly(found: Served | undefined, response: ServerResponse): void {
  if (found === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': found.type }).end(found.body);
}

function answerLate(response: ServerResponse): void {
  const timer = setTimeout(
    () => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Late</p>'),
    lateMilliseconds,
  );
  response.on('close', () => clearTimeout(timer));
}

function answerWithoutEnd(response: ServerResponse): void {
  const [type = 'application/json'] = (response.req.headers.accept ?? '').split(',');
  response.writeHead(200, { 'content-type': type });
  const piece = Buffer.alloc(pieceBytes, 0x20);
  const timer = setInterval(() => response.write(piece), betweenPiecesMilliseconds);
  response.on('close', () => clearInterval(timer));
}
