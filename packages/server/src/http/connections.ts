/**
 * Limits for one connection and for all together: how many there are, how many requests are in
 * work and wait on them, and how long an answer may stay unread. node:http itself limits how long a
 * request may take to arrive (node-server.ts).
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createLine, type Line } from './line.ts';

/**
 * Requests that were sent ahead and wait on their connections, on all of them together. Each needs
 * about 2 KB. No known client sends requests ahead. RFC 9112 §9.3.2 allows it, and then the client
 * must repeat requests that were not answered.
 */
const mostWaiting = 10_000;
/**
 * Bytes of waiting requests, bodies too, on all connections together, as with bodies that arrive
 * (request-body.ts). A refused connection rests, and its next request may wait. A calm crowd has
 * some hundred bytes on each connection, so it is not closed.
 */
const mostBytesAhead = 16 * 1024 * 1024;
const longestUnreadMilliseconds = 15_000;
const lookEveryMilliseconds = 2000;
/** How many connections are checked to find one to close. The next search continues from there. */
const mostLooked = 64;

const state = Symbol('connection');

interface State {
  readonly sets: Sets;
  /** A request of this connection has begun, and its answer was not written yet. */
  isBusy: boolean;
  /** The body of this request is not complete yet. */
  isArriving: boolean;
  /** Nothing is read, and no request begins. */
  isResting: boolean;
  /** What begins the requests that were sent ahead. Only a connection that had some has it. */
  ahead: Line<() => void> | undefined;
  /** The bytes that were read since the latest answer, while requests wait. */
  bytesAhead: number;
  /** All bytes that had been read at the latest answer. */
  bytesAnswered: number;
  hasAsked: boolean;
  /** The time since which written data is unread, as the checks saw it. */
  unreadSince: number | undefined;
}

type Connection = Socket & { [state]?: State };

interface Sets {
  /** Connections without a complete request so far, the oldest first. */
  readonly silent: Set<Connection>;
  readonly used: Set<Connection>;
  looking: Iterator<Connection>;
  /** Connections with waiting requests, in the order in which these began to wait. */
  readonly ahead: Set<Connection>;
  /** The number of waiting requests of all of them. */
  waiting: number;
  /** The bytes of all of them. */
  bytesAhead: number;
}

/**
 * The head of a request has arrived. Its work begins now, or after the requests before it on this
 * connection were answered. So one connection has one request in work, whatever it sends ahead. RFC
 * 9112 §9.3.2: a request must not run beside an earlier one that is not safe.
 */
export function beginInOrder(socket: Socket, begin: () => void): void {
  const own = (socket as Connection)[state];
  if (own === undefined) return begin();
  if (own.isBusy || own.isResting || isAhead(own)) waitAhead(socket, own, begin);
  else start(own, begin);
}

/**
 * Writes a refusal that belongs to no request: now, or after the answers to the requests before it,
 * so that none of them gets it as its answer (RFC 9112 §9.3.2).
 */
export function refuseInOrder(socket: Duplex, refuse: () => void): void {
  const connection = socket as Connection;
  // That the body of the request in work has ended is known when it was read, in this turn.
  setImmediate(() => {
    const own = connection[state];
    if (own?.isBusy === true && !own.isArriving) waitAhead(connection, own, refuse);
    else refuse();
  });
}

function isAhead({ ahead }: State): boolean {
  return ahead !== undefined && ahead.size > 0;
}

/** What arrived together was read together. The rest is not read while requests wait. */
function waitAhead(socket: Connection, own: State, begin: () => void): void {
  if (socket.destroyed) return;
  const { sets } = own;
  if (own.ahead === undefined) {
    own.ahead = createLine();
    // Node resumes the connection after each answer.
    socket.on('resume', () => {
      if (isAhead(own)) socket.pause();
    });
  }
  own.ahead.add(begin);
  sets.ahead.add(socket);
  sets.waiting += 1;
  countBytesAhead(own, socket.bytesRead - own.bytesAnswered);
  socket.pause();
  if (sets.waiting <= mostWaiting && sets.bytesAhead <= mostBytesAhead) return;
  // A client that reads its answers does not stay in this set for long.
  const [oldest] = sets.ahead;
  if (oldest === undefined) return;
  forgetAhead(oldest);
  oldest.destroy();
}

function countBytesAhead(own: State, bytes: number): void {
  own.sets.bytesAhead += bytes - own.bytesAhead;
  own.bytesAhead = bytes;
}

function forgetAhead(socket: Connection): void {
  const own = socket[state];
  if (own === undefined || !own.sets.ahead.delete(socket)) return;
  countBytesAhead(own, 0);
  own.sets.waiting -= own.ahead?.size ?? 0;
  own.ahead = createLine();
}

/** Begins the next waiting request, or continues to read. */
function goOn(socket: Connection, own: State): void {
  const { ahead, sets } = own;
  // RFC 9112 §9.6: nothing begins after an answer that ends the connection.
  if (own.isResting || !socket.writable) return;
  const begin = ahead?.first;
  if (ahead === undefined || begin === undefined) {
    socket.resume();
    return;
  }
  if (own.isBusy) return;
  // Otherwise the answers to all that was sent ahead lie in memory if the client reads none.
  if (socket.writableLength > 0) {
    socket.write('', () => goOn(socket, own));
    return;
  }
  ahead.dropFirst();
  sets.waiting -= 1;
  if (ahead.size === 0) {
    sets.ahead.delete(socket);
    countBytesAhead(own, 0);
  }
  start(own, begin);
}

function start(own: State, begin: () => void): void {
  own.isBusy = true;
  own.isArriving = true;
  begin();
}

/**
 * The request is complete. From now on the connection has work, and it is not closed for a new
 * connection.
 */
export function countWhole(socket: Socket): void {
  const known = (socket as Connection)[state];
  if (known === undefined) return;
  known.isArriving = false;
  if (known.hasAsked) return;
  known.hasAsked = true;
  // A connection that was closed meanwhile is in neither set.
  if (known.sets.silent.delete(socket)) known.sets.used.add(socket);
}

/** The answer is written. The next request begins in a later turn, so that others come between. */
export function countAnswer(socket: Socket): void {
  const own = (socket as Connection)[state];
  if (own === undefined) return;
  own.isBusy = false;
  if (!isAhead(own)) own.bytesAnswered = socket.bytesRead;
  if (own.ahead !== undefined) setImmediate(goOn, socket, own);
}

/** No request begins until `wake`. The caller stops reading. */
export function rest(socket: Socket): void {
  const own = (socket as Connection)[state];
  if (own !== undefined) own.isResting = true;
}

export function wake(socket: Socket): void {
  const own = (socket as Connection)[state];
  if (own === undefined) {
    socket.resume();
    return;
  }
  own.isResting = false;
  goOn(socket, own);
}

/**
 * Keeps at most `most` connections. For a new one, an idle one is closed. `isSecure` says that the
 * server uses TLS itself. Returns a function that closes all of them, also in their handshakes,
 * which Node does not know as connections.
 */
export function boundConnections(
  server: Server,
  most: number,
  now = () => performance.now(),
  isSecure = false,
): () => void {
  const used = new Set<Connection>();
  const sets: Sets = {
    silent: new Set(),
    used,
    looking: used.values(),
    ahead: new Set(),
    waiting: 0,
    bytesAhead: 0,
  };
  server.on('connection', (socket: Connection) => {
    if (sets.silent.size + sets.used.size >= most && !closeQuiet(sets)) socket.destroy();
    else watch(sets, socket);
  });
  if (isSecure) followHandshakes(server, sets);
  const timer = setInterval(() => closeUnread(sets.used, now()), lookEveryMilliseconds).unref();
  server.once('close', () => clearInterval(timer));
  return () => {
    for (const socket of [...sets.silent, ...sets.used]) socket.destroy();
  };
}

function watch(sets: Sets, socket: Connection): void {
  socket[state] = {
    sets,
    isBusy: false,
    isArriving: false,
    isResting: false,
    ahead: undefined,
    bytesAhead: 0,
    bytesAnswered: 0,
    hasAsked: false,
    unreadSince: undefined,
  };
  sets.silent.add(socket);
  socket.once('close', () => {
    sets.silent.delete(socket);
    sets.used.delete(socket);
    forgetAhead(socket);
  });
}

/**
 * TLS wraps each connection in another socket, which replaces it after the handshake. Until then,
 * neither has a request.
 */
function followHandshakes(server: Server, sets: Sets): void {
  const shaking = new Map<string, Connection>();
  server.on('connection', (plain: Connection) => {
    const end = endOf(plain);
    shaking.set(end, plain);
    plain.once('close', () => shaking.delete(end));
  });
  server.on('secureConnection', (secure: Connection) => {
    const plain = shaking.get(endOf(secure));
    if (plain !== undefined) sets.silent.delete(plain);
    watch(sets, secure);
  });
}

/** The TLS sockets, by connection. */
function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/**
 * A connection without any request is closed first. A connection with an earlier request may soon
 * have another one.
 */
function closeQuiet(sets: Sets): boolean {
  const [oldest] = sets.silent;
  const quiet = oldest ?? findQuiet(sets);
  if (quiet === undefined) return false;
  sets.silent.delete(quiet);
  sets.used.delete(quiet);
  quiet.destroy();
  return true;
}

/**
 * Continues after the last checked one, so that busy connections hide the idle ones only for a few
 * new connections.
 */
function findQuiet(sets: Sets): Connection | undefined {
  for (let looked = 0; looked < mostLooked; looked += 1) {
    const { value, done } = sets.looking.next();
    if (done === true) sets.looking = sets.used.values();
    else if (isQuiet(value)) return value;
  }
  return undefined;
}

/**
 * There is no work, or the client must act: send the rest of its only request, or read its answer.
 */
function isQuiet(connection: Connection): boolean {
  const own = connection[state];
  if (own === undefined || own.unreadSince !== undefined) return true;
  return own.isArriving || (!own.isBusy && connection.writableLength === 0);
}

/**
 * An answer has a few kilobytes. A client that does not read it keeps its memory in use, and that
 * of all following answers.
 */
function closeUnread(connections: Iterable<Connection>, now: number): void {
  for (const connection of connections) {
    const own = connection[state];
    if (own === undefined) continue;
    if (connection.writableLength === 0) own.unreadSince = undefined;
    else if (own.unreadSince === undefined) own.unreadSince = now;
    else if (now - own.unreadSince >= longestUnreadMilliseconds) connection.destroy();
  }
}
