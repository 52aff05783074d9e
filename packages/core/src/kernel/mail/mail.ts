/**
 * Mails to users wait in the store until they are sent. Each is sealed, because a mail may contain
 * a code, and the store must not show who got which mail.
 */
import type { Delivery } from '../../model/delivery-ports.ts';
import type { Account } from '../../model/entities.ts';
import type { Mail, MailContent } from '../../model/mail.ts';
import type { Ports } from '../../model/ports.ts';
import { newId } from '../../model/token-id.ts';

export const purpose = 'mail';
const idPrefix = 'mail_';

/** After this time, a notice would only confuse its reader. */
const noticeSeconds = 3 * 86_400;

/** The ports that make a mail. `sendsMail` is false if no mail server is configured. */
export type MailPorts = Pick<Ports, 'vault'> & {
  readonly newSecret: () => string;
  readonly options: { readonly sendsMail: boolean };
};

/**
 * Makes a mail. Store it in the act that it reports. Undefined if the server sends no mail.
 * `seconds`: after this time it is not tried any more. With 0, it is never sent.
 */
export function makeMail(
  { options, vault, newSecret }: MailPorts,
  { email: to, name }: Pick<Account, 'email' | 'name'>,
  content: MailContent,
  now: number,
  seconds = noticeSeconds,
): Delivery | undefined {
  if (!options.sendsMail) return undefined;
  const id = newId({ newSecret }, idPrefix);
  const mail: Mail = { to, name, content, at: now };
  return {
    id,
    kind: 'mail',
    clientId: '',
    url: '',
    headers: {},
    body: vault.seal(purpose, JSON.stringify(mail), id),
    nextAt: now,
    expiresAt: now + seconds,
  };
}

/** Whether the delivery of this id is a mail. */
export function isMail(deliveryId: string): boolean {
  return deliveryId.startsWith(idPrefix);
}

/** Undefined if it was sealed with a key that is gone. */
export function openMail(
  { vault }: Pick<Ports, 'vault'>,
  { id, body }: Pick<Delivery, 'id' | 'body'>,
): Mail | undefined {
  const plain = vault.unseal(purpose, body, id);
  return plain === undefined
    ? undefined
    : (JSON.parse(Buffer.from(plain).toString('utf8')) as Mail);
}
