/** The operator of the server, as the pages name it. */
import * as z from 'zod';

/** Undefined if no page can link to it. */
export function webAddressOf(text: string): URL | undefined {
  const url = text.length <= 2000 ? URL.parse(text) : null;
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  return url.protocol === 'https:' ? url : undefined;
}

const mailboxPattern = /^[^\s@<>"(),:;\\?&#%/]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?$/i;

export const mailbox = z
  .string()
  .refine((text) => mailboxPattern.test(text), 'must be an e-mail address');

/** The target of the link. Only for values that the schema accepted. */
export function toSupportUrl(contact: string): string {
  return webAddressOf(contact)?.href ?? `mailto:${contact}`;
}

export const supportContact = z
  .string()
  .refine(
    (text) => webAddressOf(text) !== undefined || mailboxPattern.test(text),
    'must be an https address, or an e-mail address',
  )
  .describe('The help for users: an https address, or an e-mail address. Every page shows it.');

export const privacyUrl = z
  .string()
  .refine((text) => webAddressOf(text) !== undefined, 'must be an https address')
  .describe('The address of the privacy notice. Every page links to it.');

export const terms = z.strictObject({
  url: z
    .string()
    .refine((text) => webAddressOf(text) !== undefined, 'must be an https address')
    .describe('The address of the terms of use. Every page links to it.'),
  version: z
    .string()
    .min(1)
    .max(100)
    .describe(
      'Is stored with the account, with the time. Users who accepted another version are asked again after their next sign-in. For example a date.',
    ),
  required_from: z.iso
    .date()
    .optional()
    .describe(
      'The day, in UTC, from which users are asked for this version, for example `2027-01-15`. New accounts accept it at once. Default: from the start.',
    ),
});
