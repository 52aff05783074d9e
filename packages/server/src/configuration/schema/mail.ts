/** The mail server that mails to people go to. */
import * as z from 'zod';
import { mailbox } from './pages.ts';
import { text } from './words.ts';

export const mail = z.strictObject({
  host: text('The mail server: a host name, or an IP address.'),
  port: z.int().min(1).max(65_535).default(587).describe('587 for `starttls`, 465 for `implicit`.'),
  tls: z
    .enum(['starttls', 'implicit', 'none'])
    .default('starttls')
    .describe(
      'How the connection is encrypted. The certificate is always checked. `none` only for a loopback host.',
    ),
  username: text('The name at the mail server. Left out: no authentication.').optional(),
  password: text(
    'The password at the mail server, best as `${NAME}` of the environment.',
  ).optional(),
  from: mailbox.describe('The address that mails come from. Their name is `service_name`.'),
});

export type DeclaredMail = z.output<typeof mail>;
