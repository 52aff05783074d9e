/** Sends mails through the configured mail server, with nodemailer. */
import type { Mail } from '@keywright/core';
import type { DeclaredMail } from '../configuration/schema/mail.ts';
import { renderMail } from './message.ts';
import type { MailSettings } from './words.ts';

export interface MailServer {
  /**
   * Resolves when the mail server has taken the mail. `id` makes the Message-ID, so that
   * most mail programs show a mail once that was sent twice. Rejects with MailFault.
   */
  send(id: string, mail: Mail): Promise<void>;
  close(): void;
}

/** Why a mail was not taken. No text of the mail server, because it may repeat the address. */
export class MailFault extends Error {
  /** `refused`: for good. `unreachable`: a later try may succeed. */
  readonly fault: 'refused' | 'unreachable';
  /** The status of the mail server (RFC 5321 §4.2). */
  readonly status: number | undefined;

  constructor(fault: MailFault['fault'], status: number | undefined, cause: unknown) {
    super(`The mail server did not take the mail: ${fault}`, { cause });
    this.name = 'MailFault';
    this.fault = fault;
    this.status = status;
  }
}

/** Shorter than the time after which another node takes the mail (periodic/deliveries.ts). */
const sendMilliseconds = 10_000;

/** nodemailer is loaded with the first mail, because most servers at rest do not need it. */
export function createMailServer(
  { host, port, tls, username, password, from }: DeclaredMail,
  settings: MailSettings,
): MailServer {
  const open = async () => {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      host,
      port,
      secure: tls === 'implicit',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      ...(username === undefined ? {} : { auth: { user: username, pass: password } }),
      pool: true,
      connectionTimeout: sendMilliseconds,
      greetingTimeout: sendMilliseconds,
      dnsTimeout: sendMilliseconds,
      socketTimeout: sendMilliseconds,
      idleTimeout: 30_000,
      maxRequeues: 0,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  };
  let transport: ReturnType<typeof open> | undefined;
  return {
    async send(id, mail) {
      const message = renderMail(mail, settings);
      try {
        transport ??= open();
        await (await transport).sendMail({
          ...message,
          from: { name: settings.serviceName, address: from },
          to: { name: mail.name, address: mail.to },
          messageId: `<${id}@${from.slice(from.indexOf('@') + 1)}>`,
          date: new Date(mail.at * 1000),
          // RFC 3834 §5: no holiday message comes back.
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal: AbortSignal.timeout(sendMilliseconds),
        });
      } catch (error) {
        throw toFault(error);
      }
    },
    close() {
      void transport?.then((opened) => opened.close());
    },
  };
}

/** RFC 5321 §4.2.1: 5yz is permanent. A refused sign-in of this server is a wrong setting. */
function toFault(error: unknown): MailFault {
  const { code, responseCode } = error as {
    readonly code?: unknown;
    readonly responseCode?: unknown;
  };
  const status = typeof responseCode === 'number' ? responseCode : undefined;
  const isOfMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  // Without a status, nodemailer itself found that the address cannot be written.
  const isForGood = isOfMail && (status === undefined || status >= 500);
  return new MailFault(isForGood ? 'refused' : 'unreachable', status, error);
}
