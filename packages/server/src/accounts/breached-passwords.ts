/**
 * Whether a new password was stolen elsewhere (NIST SP 800-63B §3.1.1.2): in a file of the
 * operator, or at a service that learns five of 40 digits of its hash (k-anonymity). NIST demands
 * that passwords are compared with such a list, and does not say that nobody may set a password
 * while it cannot be reached. So a list that cannot be read refuses nothing. The log and the
 * metrics say so.
 */
import { hash } from 'node:crypto';
import type { Events } from '@keywright/core';
import { createOutbound, type Outbound } from '@keywright/jwt';
import { assertHashFile, isInFile } from './breached-file.ts';

export interface BreachedPlaces {
  /** An absolute path. */
  readonly file: string | undefined;
  /** The address to which the first five digits are added. */
  readonly rangeUrl: string | undefined;
}

/** Whether this password is known to have been stolen. Never rejects. */
export type IsBreached = (password: string) => Promise<boolean>;

const prefixLength = 5;
/** A user waits for the answer. */
const timeoutSeconds = 1;
const mostBytes = 256 * 1024;

/** Undefined without a list. Throws ConfigError if the file is none. */
export async function openBreachedPasswords(
  { file, rangeUrl }: BreachedPlaces,
  events: Events,
  outbound: Pick<Outbound, 'send'> = createOutbound({ timeoutSeconds, maxBytes: mostBytes }),
): Promise<IsBreached | undefined> {
  if (file === undefined && rangeUrl === undefined) return undefined;
  if (file !== undefined) await assertHashFile(file, 'breached_passwords.file');
  const attempt = async (kind: string, ask: () => Promise<boolean>): Promise<boolean> => {
    try {
      return await ask();
    } catch (error) {
      events.emit({ type: 'breached_passwords.not_checked', kind, error });
      return false;
    }
  };
  return async (password) => {
    const digits = hash('sha1', password.normalize('NFC'), 'hex').toUpperCase();
    if (file !== undefined && (await attempt('file', () => isInFile(file, digits)))) return true;
    if (rangeUrl === undefined) return false;
    return attempt('range', () => isInRange(outbound, rangeUrl, digits));
  };
}

/** The answer has the rest of each hash that begins so, with a count. */
async function isInRange(
  outbound: Pick<Outbound, 'send'>,
  rangeUrl: string,
  digits: string,
): Promise<boolean> {
  const { text } = await outbound.send(rangeUrl + digits.slice(0, prefixLength), {
    accept: 'text/plain',
    // All answers have about the same length then. A line with the count 0 is padding.
    headers: { 'add-padding': 'true', 'user-agent': 'Keywright' },
  });
  const rest = digits.slice(prefixLength);
  return text
    .toUpperCase()
    .split('\n')
    .some((found) => found.startsWith(`${rest}:`) && !/:0*\r?$/.test(found));
}
