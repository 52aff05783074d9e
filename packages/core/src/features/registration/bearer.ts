/**
 * The token in a request about a registration (RFC 7591 §3, RFC 7592 §2): only a bearer token (RFC
 * 6750 §2.1).
 */
import { OAuthError } from '../../model/errors.ts';
import { assertNoTokenInQuery, readTokenHeader } from '../../kernel/http/access-token.ts';
import type { HttpRequest } from '../../kernel/http/message.ts';

/**
 * Undefined without a token. Throws token_in_query, token_malformed, and token_missing for another
 * scheme.
 */
export function readBearer(request: HttpRequest): string | undefined {
  assertNoTokenInQuery(request);
  const shown = readTokenHeader(request);
  if (shown !== undefined && shown.scheme !== 'Bearer') throw new OAuthError('token_missing');
  return shown?.token;
}
