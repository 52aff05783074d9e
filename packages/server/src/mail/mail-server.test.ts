/** Mails go through a real mail server: smtp-server, and its mails are read by mailparser. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Mail } from '@keywright/core';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { createMailServer, type MailFault, type MailServer } from './mail-server.ts';

const mail: Mail = {
  to: 'ada@example.com',
  name: 'Ada Byron',
  content: { kind: 'password_changed', by: 'user' },
  at: 1_800_000_000,
};
const settings = {
  serviceName: 'Sunrise Buildings',
  issuer: 'https://login.example',
  supportUrl: undefined,
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function connectTo(port: number, over: object = {}): MailServer {
  const declared = {
    host: '127.0.0.1',
    port,
    tls: 'none',
    from: 'no-reply@sunrise.example',
  } as const;
  const server = createMailServer({ ...declared, ...over }, settings);
  closing.push(() => server.close());
  return server;
}

/** A mail server, and what it has taken. */
async function startSmtp(options: SMTPServerOptions = {}) {
  const taken: ParsedMail[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onData(stream, _session, done) {
      simpleParser(stream, (error: Error | null, parsed) => {
        taken.push(parsed);
        done(error);
      });
    },
    ...options,
  });
  // A client that closes the connection is no fault of this test.
  smtp.on('error', () => undefined);
  const server: Server = smtp.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => smtp.close());
  return { port: (server.address() as AddressInfo).port, taken };
}

const faultOf = (sending: Promise<void>) =>
  sending.then(
    () => undefined,
    ({ fault, status }: MailFault) => ({ fault, status }),
  );

const refusing = (responseCode: number): SMTPServerOptions => ({
  onRcptTo(_address, _session, done) {
    done(Object.assign(new Error('ada@example.com is not here'), { responseCode }));
  },
});

describe('a mail', () => {
  it('arrives with its sender, its recipient, and as text and HTML', async () => {
    const { port, taken } = await startSmtp();
    await connectTo(port).send('mail_1', mail);
    const [parsed] = taken;
    expect(parsed?.from?.text).toBe('"Sunrise Buildings" <no-reply@sunrise.example>');
    expect([parsed?.to ?? []].flat().map(({ text }) => text)).toEqual([
      '"Ada Byron" <ada@example.com>',
    ]);
    expect(parsed?.subject).toBe('Your Sunrise Buildings password was changed');
    expect(parsed?.text).toContain('Hello Ada Byron,');
    expect(parsed?.html).toContain('Hello Ada Byron,');
    expect(parsed?.date).toEqual(new Date(mail.at * 1000));
    expect(parsed?.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('has the same Message-ID when it is sent twice', async () => {
    const { port, taken } = await startSmtp();
    const server = connectTo(port);
    await server.send('mail_1', mail);
    await server.send('mail_1', mail);
    expect(taken.map(({ messageId }) => messageId)).toEqual(
      Array(2).fill('<mail_1@sunrise.example>'),
    );
  });

  it.each([
    ['name', { name: 'Ada\r\nBcc: eve@example.com' }],
    ['address', { to: 'ada@example.com\r\nBcc: eve@example.com' }],
    ['address of two', { to: 'ada@example.com, eve@example.com' }],
  ])('cannot be redirected to another recipient by a crafted %s', async (_, over) => {
    const receivers: string[] = [];
    const { port, taken } = await startSmtp({
      onRcptTo({ address }, _session, done) {
        receivers.push(address);
        done();
      },
    });
    await connectTo(port)
      .send('mail_1', { ...mail, ...over })
      .catch(() => undefined);
    expect(receivers).not.toContain('eve@example.com');
    for (const { bcc, headers } of taken)
      expect([bcc, headers.has('bcc')]).toEqual([undefined, false]);
  });

  it('is sent after authentication at the mail server where that is configured', async () => {
    const { port, taken } = await startSmtp({
      authOptional: false,
      onAuth({ username, password }, _session, done) {
        if (username === 'as' && password === 'right') done(null, { user: 'as' });
        else done(new Error('wrong'));
      },
    });
    const login = (password: string) => connectTo(port, { username: 'as', password });
    await login('right').send('mail_1', mail);
    expect(taken).toHaveLength(1);
    // Not for good: an operator can mend the setting, and the mail still waits.
    expect(await faultOf(login('wrong').send('mail_2', mail))).toEqual({
      fault: 'unreachable',
      status: 535,
    });
  });
});

describe('a mail that the mail server does not accept', () => {
  it.each([
    [550, 'refused'],
    [450, 'unreachable'],
  ] as const)('with the status %i is %s', async (status, fault) => {
    const { port } = await startSmtp(refusing(status));
    expect(await faultOf(connectTo(port).send('mail_1', mail))).toEqual({ fault, status });
  });

  it('leaves no text of the mail server about the address in the log', async () => {
    const { port } = await startSmtp(refusing(550));
    const error = await connectTo(port)
      .send('mail_1', mail)
      .catch(({ message }: Error) => message);
    expect(error).not.toContain('ada@example.com');
  });

  it('is kept where no mail server listens', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await once(probe.close(), 'close');
    expect(await faultOf(connectTo(port).send('mail_1', mail))).toMatchObject({
      fault: 'unreachable',
    });
  });

  it('is kept where the mail server does not encrypt, although it must', async () => {
    const { port, taken } = await startSmtp();
    const starttls = connectTo(port, { tls: 'starttls' });
    expect(await faultOf(starttls.send('mail_1', mail))).toMatchObject({ fault: 'unreachable' });
    expect(taken).toEqual([]);
  });

  it.each([
    ['starttls', { disabledCommands: [] }],
    ['implicit', { secure: true }],
  ] as const)('is kept where the certificate is not trusted: %s', async (tls, options) => {
    const { port, taken } = await startSmtp({ ...options, disabledCommands: [] });
    expect(await faultOf(connectTo(port, { tls }).send('mail_1', mail))).toMatchObject({
      fault: 'unreachable',
    });
    expect(taken).toEqual([]);
  });
});
