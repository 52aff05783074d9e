/** The access token in an Authorization header, and its scheme (RFC 6750 §2.1, RFC 9449 §7.1). */
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from './message.ts';
import { parseParameters } from './parameters.ts';

export interface ShownToken {
  readonly scheme: 'Bearer' | 'DPoP';
  readonly token: string;
}

/** Undefined without the header. Throws token_malformed, or token_missing for another scheme. */
export function readTokenHeader(request: HttpRequest): ShownToken | undefined {
  const header = request.headers['authorization'];
  if (header === undefined) return undefined;
  const [, scheme = '', token = ''] =
    /^(bearer|dpop) +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header) ?? [];
  if (token === '')
    throw new OAuthError(/^(?:bearer|dpop)\b/i.test(header) ? 'token_malformed' : 'token_missing');
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token };
}

/** RFC 6750 §2.3: addresses are written to logs. Throws token_in_query. */
export function assertNoTokenInQuery(request: HttpRequest): void {
  if (parseParameters(request.query).get('access_token') !== undefined)
    throw new OAuthError('token_in_query');
}
