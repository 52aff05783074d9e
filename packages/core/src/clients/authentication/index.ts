/**
 * Client authentication (RFC 6749 §2.3): who calls, before anything else of the request is looked at. One method a
 * request; the client must be allowed to use the one it used.
 */
import { OAuthError } from '../../errors.ts';
import type { HttpRequest } from '../../http/message.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { Client } from '../../model.ts';
import type { ClientLoader } from '../directory.ts';
import { readBasicCredentials } from './client-secret-basic.ts';
import { readPostCredentials } from './client-secret-post.ts';
import type { Credentials } from './credentials.ts';
import { secretMatches } from './secret.ts';

/**
 * The authenticated client, or a public one that named itself. Throws client_authentication_missing,
 * client_authentication_failed (the same for unknown, disabled, wrong secret and wrong method) or
 * client_authentication_twice.
 */
export async function authenticateClient(
  request: HttpRequest,
  parameters: Parameters,
  loadClient: ClientLoader,
  now: number,
): Promise<Client> {
  const credentials = readCredentials(request, parameters);
  const client = await loadClient(credentials.clientId);
  // The secret is compared before anything is known about the client, so that an unknown one takes as long.
  const matches = secretMatches(credentials.secret, client, now);
  if (client === undefined || !matches || !client.authenticationMethods.includes(credentials.method))
    throw new OAuthError('client_authentication_failed', {
      log: { clientId: client?.id, authentication: credentials.method },
    });
  if (request.learned !== undefined) request.learned.clientId = client.id;
  return client;
}

function readCredentials(request: HttpRequest, parameters: Parameters): Credentials {
  const basic = readBasicCredentials(request);
  const post = readPostCredentials(parameters);
  if (basic !== undefined) {
    // RFC 6749 §2.3: the client must not use more than one method in each request.
    if (post?.secret !== undefined) throw new OAuthError('client_authentication_twice');
    if (post !== undefined && post.clientId !== basic.clientId)
      throw new OAuthError('client_authentication_failed');
    return basic;
  }
  if (post !== undefined) return post;
  throw new OAuthError('client_authentication_missing');
}
