/**
 * One keep-alive connection on a raw socket: a request at a time, and as little parsing of the
 * answer as is safe.
 */
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  /** Status line and headers. */
  head(): string;
  body(): string;
  /** Whether the body has the text, without making a string of it. */
  has(text: string): boolean;
}

export interface Listener {
  onAnswer(answer: Answer): void;
  /** The connection is lost, or what came is no answer that this reader knows. */
  onBroken(reason: string): void;
}

export interface Connection {
  send(request: string): void;
  listen(listener: Listener): void;
  close(): void;
}

const headEnd = Buffer.from('\r\n\r\n');

function readStatus(chunk: Buffer): number {
  // "HTTP/1.1 200": three digits from the tenth byte on.
  return (chunk[9]! - 48) * 100 + (chunk[10]! - 48) * 10 + (chunk[11]! - 48);
}

/** Length of the body by its header; undefined when the answer is framed in another way. */
function bodyLength(head: string, status: number): number | undefined {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return Number(length);
  return status === 204 || status === 304 ? 0 : undefined;
}

function makeAnswer(chunk: Buffer, headLength: number): Answer {
  return {
    status: readStatus(chunk),
    head: () => chunk.toString('latin1', 0, headLength),
    body: () => chunk.toString('latin1', headLength + 4, chunk.length),
    has: (text) => chunk.includes(text, headLength + 4, 'latin1'),
  };
}

/** The whole answer, what is known of it while more must come, or why it cannot be read. */
function parse(chunk: Buffer): Answer | 'incomplete' | { readonly broken: string } {
  const headLength = chunk.indexOf(headEnd);
  if (headLength < 0) return 'incomplete';
  const length = bodyLength(chunk.toString('latin1', 0, headLength), readStatus(chunk));
  if (length === undefined) return { broken: 'an answer without content-length' };
  const total = headLength + 4 + length;
  if (chunk.length < total) return 'incomplete';
  if (chunk.length > total) return { broken: 'more bytes than the answer should have' };
  return makeAnswer(chunk, headLength);
}

function attach(socket: Socket, listener: Listener): void {
  let partial: Buffer | undefined;
  socket.on('data', (chunk: Buffer) => {
    const whole = partial === undefined ? chunk : Buffer.concat([partial, chunk]);
    const parsed = parse(whole);
    partial = parsed === 'incomplete' ? whole : undefined;
    if (parsed === 'incomplete') return;
    if ('broken' in parsed) listener.onBroken(parsed.broken);
    else listener.onAnswer(parsed);
  });
  socket.on('error', (error) => listener.onBroken(error.message));
  socket.on('close', () => listener.onBroken('the connection was closed'));
}

/** `from`: the address that the server sees, where it is to see several. */
export function openConnection(port: number, from?: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const own = from === undefined ? {} : { localAddress: from };
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, ...own });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve({
        send: (request) => void socket.write(request, 'latin1'),
        listen: (listener) => attach(socket, listener),
        close: () => {
          socket.removeAllListeners('close');
          socket.destroy();
        },
      });
    });
  });
}
