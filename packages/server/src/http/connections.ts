/**
 * Limits for one connection and for all together: how many there are, how many requests wait on
 * one, and how long an answer may stay unread. node:http itself limits how long a request may take
 * to arrive (node-server.ts).
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * No known client sends requests ahead. RFC 9112 §9.3.2 allows it, and then the client must repeat
 * requests that were not answered.
 */
const mostUnanswered = 32;
const longestUnreadMilliseconds = 15_000;
const lookEveryMilliseconds = 2000;
/** How many connections are checked to find one to close. The next search continues from there. */
const mostLooked = 64;

const state = Symbol('connection');

interface State {
  readonly sets: Sets;
  /** Requests whose answer was not written to the connection yet. */
  unanswered: number;
  /** The body of the newest request is not complete yet. */
  isArriving: boolean;
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
}

/**
 * The head of a request has arrived. Returns false if too many wait on this connection. Then it is
 * closed, and nothing else happens.
 */
export function countRequest(socket: Socket): boolean {
  const known = (socket as Connection)[state];
  if (known === undefined) return true;
  known.unanswered += 1;
  known.isArriving = true;
  if (known.unanswered <= mostUnanswered) return true;
  socket.destroy();
  return false;
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

export function countAnswer(socket: Socket): void {
  const known = (socket as Connection)[state];
  if (known !== undefined) known.unanswered -= 1;
}

/**
 * Keeps at most `most` connections. For a new one, an idle one is closed. `isSecure` says that the
 * server uses TLS itself.
 */
export function boundConnections(
  server: Server,
  most: number,
  now = () => performance.now(),
  isSecure = false,
): void {
  const used = new Set<Connection>();
  const sets: Sets = { silent: new Set(), used, looking: used.values() };
  server.on('connection', (socket: Connection) => {
    if (sets.silent.size + sets.used.size >= most && !closeQuiet(sets)) socket.destroy();
    else watch(sets, socket);
  });
  if (isSecure) followHandshakes(server, sets);
  const timer = setInterval(() => closeUnread(sets.used, now()), lookEveryMilliseconds).unref();
  server.once('close', () => clearInterval(timer));
}

function watch(sets: Sets, socket: Connection): void {
  socket[state] = {
    sets,
    unanswered: 0,
    isArriving: false,
    hasAsked: false,
    unreadSince: undefined,
  };
  sets.silent.add(socket);
  socket.once('close', () => {
    sets.silent.delete(socket);
    sets.used.delete(socket);
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
  if (own.isArriving) return own.unanswered <= 1;
  return own.unanswered === 0 && connection.writableLength === 0;
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
