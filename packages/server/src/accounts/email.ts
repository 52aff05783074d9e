/**
 * E-mail addresses: checked without sending a message, and normalised so that one address is one
 * account.
 */
import { domainToASCII, domainToUnicode } from 'node:url';

/** RFC 5321 §4.5.3.1: 64 octets before the @, 254 in all. */
const maxLocal = 64;
const maxLength = 254;

/**
 * The ASCII form of a domain. Undefined if the conversion would cut it, decode it or leave
 * characters out: a mail server might read another domain in it (UTS #46).
 */
function asciiOf(domain: string): string | undefined {
  const ascii = domainToASCII(domain);
  return ascii === domain || domainToUnicode(ascii) === domain ? ascii : undefined;
}

/** NFKC, trimmed, lower case, the domain in its ASCII form. Pure. Accepts any text. */
export function emailKey(email: string): string {
  const plain = email.normalize('NFKC').trim().toLowerCase();
  const at = plain.lastIndexOf('@');
  if (at < 0) return plain;
  const domain = plain.slice(at + 1);
  return `${plain.slice(0, at + 1)}${asciiOf(domain) ?? domain}`;
}

/**
 * Says what is wrong with an address, or returns undefined. Does not check that anybody reads it.
 */
export function findEmailProblem(email: string): string | undefined {
  const tooLong = `must be at most ${maxLength} characters long`;
  if (email.length > maxLength) return tooLong;
  const key = emailKey(email);
  const at = key.lastIndexOf('@');
  const local = key.slice(0, at);
  const domain = key.slice(at + 1);
  if (at < 1 || domain === '') return 'must be an e-mail address: name@domain';
  if (/[\s\p{C}@",:;<>()[\]\\]/u.test(local))
    return 'has a character before the @ that is not allowed';
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(domain) || domain.includes('..'))
    return 'has no valid domain after the @';
  if (local.length > maxLocal || key.length > maxLength) return tooLong;
  return undefined;
}
