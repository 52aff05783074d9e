/**
 * Receives each mail of the demonstration and shows it. No mail leaves the machine. It is a process
 * of its own, like a mail server.
 *
 * SMTP_PORT=4010 PORT=4009 node mailbox.ts
 */
import { createServer, type ServerResponse } from 'node:http';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { renderMailbox } from './mailbox-page.ts';

export interface CapturedMail {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The code in it, for scripts. */
  readonly code?: string | undefined;
  /** RFC 3339. */
  readonly receivedAt: string;
}

const host = '127.0.0.1';
const mostMails = 200;
const mostBytes = 1_000_000;

/** Newest first. */
const mails: CapturedMail[] = [];

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  size: mostBytes,
  onData: (stream, _session, done) => {
    simpleParser(stream, (error: Error | null, mail) => {
      if (error !== null) return done(error);
      const to = [mail.to ?? []].flat().map((address) => address.text);
      mails.unshift({
        to: to.join(', '),
        from: mail.from?.text ?? '',
        subject: mail.subject ?? '',
        text: mail.text ?? '',
        html: mail.html === false ? '' : mail.html,
        code: /^ *Code: (\d+)$/m.exec(mail.text ?? '')?.[1],
        receivedAt: new Date().toISOString(),
      });
      mails.splice(mostMails);
      done();
    });
  },
});

function answer(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'",
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

const http = createServer(({ method, url }, response) => {
  if (method !== 'GET') return void response.writeHead(405).end();
  if (url === '/') return answer(response, 'text/html', renderMailbox(mails));
  if (url === '/mails') return answer(response, 'application/json', JSON.stringify(mails));
  return void response.writeHead(404).end();
});

smtp.listen(Number(process.env['SMTP_PORT']), host);
http.listen(Number(process.env['PORT']), host);
