/** A request that is sent only in part: the server has begun with it, and cannot answer it yet. */
import { once } from 'node:events';
import { connect } from 'node:net';

export interface HeldRequest {
  /** Sends the rest. */
  finish(): void;
  /** The status of the complete answer. Undefined if the connection ended without one. */
  readonly answered: Promise<number | undefined>;
}

/** Sends the head, and `part` of the body. 1 sends everything. */
export async function holdRequest(
  port: number,
  target: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  part: number,
): Promise<HeldRequest> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const lines = Object.entries({
    ...headers,
    Host: `127.0.0.1:${port}`,
    'Content-Length': String(body.length),
  });
  const head = [
    `POST ${target} HTTP/1.1`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ];
  const sent = Math.floor(body.length * part);
  const { promise: answered, resolve } = Promise.withResolvers<number | undefined>();
  let text = '';
  const look = (): void => {
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    const end = text.indexOf('\r\n\r\n');
    if (end === -1 || length === undefined || text.length < end + 4 + Number(length)) return;
    resolve(Number(text.slice(9, 12)));
    socket.destroy();
  };
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
    look();
  });
  socket.on('error', () => resolve(undefined));
  socket.on('close', () => resolve(undefined));
  socket.write(head.join('\r\n') + body.slice(0, sent), 'latin1');
  return { finish: () => void socket.write(body.slice(sent), 'latin1'), answered };
}
