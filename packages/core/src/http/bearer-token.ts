/** The token of an Authorization header (RFC 6750 §2.1). */
import { OAuthError } from '../errors.ts';
import type { HttpRequest } from './message.ts';
import { parseParameters } from './parameters.ts';

/** Undefined without the header. Throws token_malformed, or token_missing for a scheme that is not Bearer. */
export function readBearerHeader(request: HttpRequest): string | undefined {
  const header = request.headers['authorization'];
  if (header === undefined) return undefined;
  const token = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header)?.[1];
  if (token === undefined)
    throw new OAuthError(/^bearer\b/i.test(header) ? 'token_malformed' : 'token_missing');
  return token;
}

/** RFC 6750 §2.3: an address ends in logs. Throws token_in_query. */
export function assertNoTokenInQuery(request: HttpRequest): void {
  if (parseParameters(request.query).get('access_token') !== undefined)
    throw new OAuthError('token_in_query');
}
