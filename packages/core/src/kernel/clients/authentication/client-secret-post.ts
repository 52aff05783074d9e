/**
 * client_secret_post (RFC 6749 §2.3.1), and `none`: a public client only names itself (RFC 6749
 * §3.2.1).
 */
import { OAuthError } from '../../../model/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { Credentials } from './credentials.ts';

/**
 * Undefined when the body names no client. Throws client_authentication_failed on a secret without
 * an id.
 */
export function readPostCredentials(parameters: Parameters): Credentials | undefined {
  const clientId = parameters.get('client_id');
  const secret = parameters.get('client_secret');
  if (clientId === undefined) {
    if (secret !== undefined)
      throw new OAuthError('client_authentication_failed', {
        log: { note: 'client_secret without client_id' },
      });
    return undefined;
  }
  return secret === undefined
    ? { method: 'none', clientId }
    : { method: 'client_secret_post', clientId, secret };
}
