/** A mail server of the tests. It keeps what it took, and can be made to fail. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface Mailbox {
  /** The member `mail` of a configuration. */
  readonly settings: object;
  /** All mails that were taken, in order. A mail that was sent twice is there twice. */
  readonly mails: readonly ParsedMail[];
  /**
   * What the pattern matches in a mail to this address, when there is one. `since`: not among so
   * many mails that were there before.
   */
  find(to: string, pattern: RegExp, since?: number): Promise<RegExpExecArray>;
  /** What happens to connections from now on. Those that are open are closed. */
  become(mood: Mood): void;
  stop(): Promise<void>;
}

/**
 * `down`: no connection is taken. `slow`: connections are taken, and nothing is said. `refuses`:
 * each mail is refused for now. `closes`: each mail is taken, and the connection is closed before
 * the answer, so that the sender does not know it.
 */
export type Mood = 'good' | 'down' | 'slow' | 'refuses' | 'closes';

const host = '127.0.0.1';
const patienceMilliseconds = 60_000;

export async function startMailbox(): Promise<Mailbox> {
  const mails: ParsedMail[] = [];
  const sockets = new Set<Socket>();
  let mood: Mood = 'good';
  const closeAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo: (_address, _session, done) =>
      done(mood === 'refuses' ? Object.assign(new Error('later'), { responseCode: 451 }) : null),
    onData: (stream, _session, done) => {
      simpleParser(stream, (error: Error | null, mail?: ParsedMail) => {
        // A killed node sends only a part of a mail.
        if (mail === undefined) return done(error);
        mails.push(mail);
        if (mood === 'closes') closeAll();
        done(error);
      });
    },
  });
  // Connections that a killed node or this server closed.
  smtp.on('error', () => undefined);
  const inner = smtp.listen(0, host);
  await once(inner, 'listening');
  // In front of it, because the mail server itself cannot be slow or down.
  const front = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (mood === 'down') return void socket.resetAndDestroy();
    if (mood !== 'slow') inner.emit('connection', socket);
  });
  front.listen(0, host);
  await once(front, 'listening');
  const { port } = front.address() as AddressInfo;
  return {
    settings: { host, port, tls: 'none', from: 'no-reply@sunrise.example' },
    mails,
    async find(to, pattern, since = 0) {
      const until = performance.now() + patienceMilliseconds;
      for (;;) {
        const texts = mails.slice(since).filter((mail) => addressOf(mail) === to);
        const found = texts.map(({ text = '' }) => pattern.exec(text)).find((match) => match);
        if (found) return found;
        if (performance.now() > until) throw new Error(`no mail to ${to} with ${pattern}`);
        await wait(10);
      }
    },
    become(next) {
      mood = next;
      closeAll();
    },
    async stop() {
      closeAll();
      front.close();
      await new Promise<void>((resolve) => smtp.close(resolve));
    },
  };
}

export function addressOf({ to }: ParsedMail): string | undefined {
  return [to ?? []].flat()[0]?.value[0]?.address;
}
