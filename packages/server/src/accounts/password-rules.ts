/**
 * Checks a new password (NIST SP 800-63B §3.1.1.2): long enough, not common, not stolen, not the
 * e-mail address.
 */
import type { IsBreached } from './breached-passwords.ts';
import { emailKey } from './email.ts';

export const minPasswordLength = 8;
export const maxPasswordLength = 1024;

/** In characters as a reader counts them: code points after NFC. */
export function passwordLength(password: string): number {
  return Array.from(password.normalize('NFC')).length;
}

/** The list is large, so it is loaded only when a password is chosen. */
async function isCommon(password: string): Promise<boolean> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return dictionary['passwords-common'].includes(password.normalize('NFC').toLowerCase());
}

/** Says what is wrong with a new password and how to correct it, or returns undefined. */
export async function findPasswordProblem(
  password: string,
  email: string,
  isBreached?: IsBreached,
): Promise<string | undefined> {
  const length = passwordLength(password);
  if (length < minPasswordLength) return `must be at least ${minPasswordLength} characters long`;
  if (length > maxPasswordLength) return `must be at most ${maxPasswordLength} characters long`;
  if (password.includes('\0')) return 'must not contain a NUL';
  const key = emailKey(email);
  if ([key, key.split('@')[0]].includes(emailKey(password)))
    return 'must not be the e-mail address';
  if (await isCommon(password))
    return 'is a common password that attackers try first. Choose another one';
  if (await isBreached?.(password))
    return 'was stolen from another service, so attackers try it first. Choose another one';
  return undefined;
}
