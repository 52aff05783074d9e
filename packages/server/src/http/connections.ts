/**
 * Bounds on what one connection, and all of them together, may hold: how many there are, how many requests wait on one, and how long
 * an answer may lie there unread. How long a request may take to arrive is bounded by node:http itself (node-server.ts).
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Nobody whom we know of sends ahead. RFC 9112 §9.3.2 lets a client do so; it has to ask again for what was not answered. */
const mostUnanswered = 32;
const longestUnreadMilliseconds = 15_000;
const lookEveryMilliseconds = 2000;
/** How many are looked at to find one that can be closed; the next look goes on from there. */
const mostLooked = 64;

const state = Symbol('connection');

interface State {
  readonly sets: Sets;
  /** Requests whose answer was not given to the connection yet. */
  unanswered: number;
  /** The body of the newest of them is not whole yet. */
  isArriving: boolean;
  hasAsked: boolean;
  /** Since when what was written lies there, as the looks saw it. */
  unreadSince: number | undefined;
}

type Connection = Socket & { [state]?: State };

interface Sets {
  /** Without a whole request so far, the oldest first. */
  readonly silent: Set<Connection>;
  readonly used: Set<Connection>;
  looking: Iterator<Connection>;
}

/** The head of a request has arrived. False when too many wait on this connection: then it is closed, and nothing is to be done. */
export function countRequest(socket: Socket): boolean {
  const known = (socket as Connection)[state];
  if (known === undefined) return true;
  known.unanswered += 1;
  known.isArriving = true;
  if (known.unanswered <= mostUnanswered) return true;
  socket.destroy();
  return false;
}

/** The request is here with its body: from now on there is work, which is not given up for a newcomer. */
export function countWhole(socket: Socket): void {
  const known = (socket as Connection)[state];
  if (known === undefined) return;
  known.isArriving = false;
  if (known.hasAsked) return;
  known.hasAsked = true;
  // One that was closed meanwhile is in neither.
  if (known.sets.silent.delete(socket)) known.sets.used.add(socket);
}

export function countAnswer(socket: Socket): void {
  const known = (socket as Connection)[state];
  if (known !== undefined) known.unanswered -= 1;
}

/** Keeps at most `most` connections: for a new one, one is closed on which nothing happens. `isSecure`: the server speaks TLS itself. */
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
  socket[state] = { sets, unanswered: 0, isArriving: false, hasAsked: false, unreadSince: undefined };
  sets.silent.add(socket);
  socket.once('close', () => {
    sets.silent.delete(socket);
    sets.used.delete(socket);
  });
}

/** TLS wraps each connection in another socket, which takes its place once it is agreed: until then nothing was asked on either. */
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

/** Of the connections that are there, each has another one. */
function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Whoever has not asked anything goes first: who keeps a connection after a request may be about to use it. */
function closeQuiet(sets: Sets): boolean {
  const [oldest] = sets.silent;
  const quiet = oldest ?? findQuiet(sets);
  if (quiet === undefined) return false;
  sets.silent.delete(quiet);
  sets.used.delete(quiet);
  quiet.destroy();
  return true;
}

/** Goes on where the last one stopped, so that those that are busy hide the others from no newcomer but a few. */
function findQuiet(sets: Sets): Connection | undefined {
  for (let looked = 0; looked < mostLooked; looked += 1) {
    const { value, done } = sets.looking.next();
    if (done === true) sets.looking = sets.used.values();
    else if (isQuiet(value)) return value;
  }
  return undefined;
}

/** Nothing to do, or the caller's turn: to send the rest of its only request, or to take its answer. */
function isQuiet(connection: Connection): boolean {
  const own = connection[state];
  if (own === undefined || own.unreadSince !== undefined) return true;
  if (own.isArriving) return own.unanswered <= 1;
  return own.unanswered === 0 && connection.writableLength === 0;
}

/** An answer is a few kilobytes. Who does not take it holds its memory, and that of what comes behind it. */
function closeUnread(connections: Iterable<Connection>, now: number): void {
  for (const connection of connections) {
    const own = connection[state];
    if (own === undefined) continue;
    if (connection.writableLength === 0) own.unreadSince = undefined;
    else if (own.unreadSince === undefined) own.unreadSince = now;
    else if (now - own.unreadSince >= longestUnreadMilliseconds) connection.destroy();
  }
}
