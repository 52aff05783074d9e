/** Who runs the server, as the pages say it. */
import * as z from 'zod';

/** Undefined for what no page could link to. */
function webAddressOf(text: string): URL | undefined {
  const url = text.length <= 2000 ? URL.parse(text) : null;
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  return url.protocol === 'https:' ? url : undefined;
}

const mailbox = /^[^\s@<>"(),:;\\?&#%/]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?$/i;

/** The link that leads there. Of the schema's own values alone. */
export function toSupportUrl(contact: string): string {
  return webAddressOf(contact)?.href ?? `mailto:${contact}`;
}

export const supportContact = z
  .string()
  .refine(
    (text) => webAddressOf(text) !== undefined || mailbox.test(text),
    'must be an https address, or an e-mail address',
  )
  .describe('Where people get help: an https address, or an e-mail address. Every page shows it.');

export const privacyUrl = z
  .string()
  .refine((text) => webAddressOf(text) !== undefined, 'must be an https address')
  .describe('Where it stands what becomes of what people tell this server. Every page links to it.');
