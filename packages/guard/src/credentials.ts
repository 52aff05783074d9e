/** Where an access token may stand in a request (RFC 6750 §2): header, form body, and query where a route allows it. */
import { GuardRefusal } from './guard-refusal.ts';

/** What a request carries. A header that came more than once is joined with ", "; of parameters all values are given. */
export interface Credentials {
  readonly authorizationHeader?: string | undefined;
  readonly formTokens?: readonly string[] | undefined;
  readonly queryTokens?: readonly string[] | undefined;
}

export interface FoundToken {
  readonly token: string;
  readonly source: 'header' | 'form' | 'query';
}

const scheme = 'bearer';

/**
 * The one token of a request, or undefined when there is none. Says nothing about its truth.
 * @throws GuardRefusal `token_twice`, `token_in_query`, or `token_malformed` for an empty one
 */
export function findToken(credentials: Credentials, queryAllowed: boolean): FoundToken | undefined {
  const inHeader = bearerOf(credentials.authorizationHeader);
  const { formTokens, queryTokens } = credentials;
  if (formTokens === undefined && queryTokens === undefined) {
    return inHeader === undefined ? undefined : { token: inHeader, source: 'header' };
  }
  return pickToken(inHeader, formTokens ?? [], queryTokens ?? [], queryAllowed);
}

function pickToken(
  inHeader: string | undefined,
  inForm: readonly string[],
  inQuery: readonly string[],
  queryAllowed: boolean,
): FoundToken | undefined {
  const found: FoundToken[] = [
    ...(inHeader === undefined ? [] : [{ token: inHeader, source: 'header' } as const]),
    ...inForm.map((token) => ({ token, source: 'form' }) as const),
    ...inQuery.map((token) => ({ token, source: 'query' }) as const),
  ];
  // RFC 6750 §2: one method in each request.
  if (found.length > 1) throw new GuardRefusal('token_twice');
  if (inQuery.length > 0 && !queryAllowed) throw new GuardRefusal('token_in_query');
  if (found[0]?.token === '') throw new GuardRefusal('token_malformed', { note: 'empty' });
  return found[0];
}

/** The token of `Authorization: Bearer`; undefined for no header and for other schemes (RFC 9110 §11.1: any case). */
function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  // A comma is in no token: either the header came twice, or other schemes have their own list here.
  if (header.includes(',')) return assertOneScheme(header);
  if (header.length < scheme.length || header.slice(0, scheme.length).toLowerCase() !== scheme)
    return undefined;
  if (header.length > scheme.length && header[scheme.length] !== ' ') return undefined;
  return assertToken(header.slice(scheme.length).trim());
}

function assertOneScheme(header: string): undefined {
  if (/(?:^|,)\s*bearer(?:\s|,|$)/i.test(header)) throw new GuardRefusal('token_twice');
  return undefined;
}

function assertToken(token: string): string {
  if (token === '') throw new GuardRefusal('token_malformed', { note: 'empty' });
  return token;
}
