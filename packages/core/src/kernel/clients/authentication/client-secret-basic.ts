/**
 * client_secret_basic (RFC 6749 §2.3.1, RFC 7617), and `none` in the same header. Id and secret are
 * form-encoded before they are joined.
 */
import { OAuthError } from '../../../model/errors.ts';
import type { HttpRequest } from '../../http/message.ts';
import type { Credentials } from './credentials.ts';

const scheme = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;

/**
 * Undefined without an Authorization header. Throws client_authentication_failed for a header that
 * is not valid Basic.
 */
export function readBasicCredentials(request: HttpRequest): Credentials | undefined {
  const header = request.headers['authorization'];
  if (header === undefined) return undefined;
  const encoded = scheme.exec(header)?.[1];
  if (encoded === undefined) throw failed('no Basic credentials');
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) throw failed('no id before a colon');
  const clientId = formDecode(text.slice(0, colon));
  const secret = formDecode(text.slice(colon + 1));
  // RFC 6749 §2.3.1: an empty secret counts as left out. So public clients can use libraries that
  // only know this header.
  return secret === ''
    ? { method: 'none', clientId }
    : { method: 'client_secret_basic', clientId, secret };
}

function formDecode(text: string): string {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw failed('not form-encoded');
  }
}

function failed(note: string): OAuthError {
  return new OAuthError('client_authentication_failed', { log: { note } });
}
