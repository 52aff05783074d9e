/** Where credentials may stand in a request: access tokens in header, form body, and query where a route allows it (RFC 6750 §2); API keys in the header. */
import { accessTokensIn, accessTokensOf } from './access-token-parameter.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { Presented } from './presented.ts';

/** As challenges write them. */
export type Scheme = 'Bearer' | 'DPoP' | 'ApiKey';

/** What a request carries. A header that came more than once is joined with ", "; of parameters all values are given. */
export interface Credentials {
  readonly authorizationHeader?: string | undefined;
  readonly formTokens?: readonly string[] | undefined;
  readonly queryTokens?: readonly string[] | undefined;
}

export function credentialsOf(presented: Presented, form: URLSearchParams | undefined): Credentials {
  return {
    authorizationHeader: presented.header('authorization'),
    formTokens: form && accessTokensOf(form),
    queryTokens: queryTokensOf(presented.target),
  };
}

function queryTokensOf(target: string): readonly string[] | undefined {
  const query = target.indexOf('?');
  return query === -1 ? undefined : accessTokensIn(target.slice(query + 1));
}

/** The Authorization header of a request that carries no token anywhere else. */
export function onlyHeaderOf(presented: Presented, form: URLSearchParams | undefined): string | undefined {
  if (form !== undefined && accessTokensOf(form) !== undefined) return undefined;
  if (queryTokensOf(presented.target) !== undefined) return undefined;
  return presented.header('authorization');
}

export interface FoundCredential {
  readonly scheme: Scheme;
  readonly value: string;
  readonly source: 'header' | 'form' | 'query';
}

export interface Taken {
  readonly queryToken: boolean;
  /** Whether API keys are looked for; if not, their scheme is as unknown as any other. */
  readonly apiKeys: boolean;
}

/**
 * The one credential of a request, or undefined when there is none. Says nothing about its truth.
 * @throws GuardRefusal `token_twice`, `token_in_query`, or `token_malformed` for an empty token
 */
export function findCredential(credentials: Credentials, taken: Taken): FoundCredential | undefined {
  const inHeader = findInHeader(credentials.authorizationHeader, taken);
  const { formTokens = [], queryTokens = [] } = credentials;
  const found: FoundCredential[] = [
    ...(inHeader === undefined ? [] : [inHeader]),
    ...formTokens.map((value) => ({ scheme: 'Bearer', value, source: 'form' }) as const),
    ...queryTokens.map((value) => ({ scheme: 'Bearer', value, source: 'query' }) as const),
  ];
  // RFC 6750 §2: one method in each request.
  if (found.length > 1) throw new GuardRefusal('token_twice');
  if (queryTokens.length > 0 && !taken.queryToken) throw new GuardRefusal('token_in_query');
  if (found[0]?.value === '' && found[0].scheme !== 'ApiKey') {
    throw new GuardRefusal('token_malformed', { note: 'empty' });
  }
  return found[0];
}

const schemes: Readonly<Record<string, Scheme>> = { bearer: 'Bearer', dpop: 'DPoP', apikey: 'ApiKey' };

/** RFC 9110 §11.1: schemes are written in any case. Undefined for no header and for other schemes. */
export function schemeOf(header: string | undefined): Scheme | undefined {
  const name = /^(bearer|dpop|apikey)(?: |$)/i.exec(header ?? '')?.[1];
  return name === undefined ? undefined : schemes[name.toLowerCase()];
}

function findInHeader(header: string | undefined, { apiKeys }: Taken): FoundCredential | undefined {
  if (header === undefined) return undefined;
  // A comma is in no credential: either the header came twice, or other schemes have their own list here.
  if (header.includes(',')) return assertOneScheme(header);
  const scheme = schemeOf(header);
  if (scheme === undefined || (scheme === 'ApiKey' && !apiKeys)) return undefined;
  return { scheme, value: trimSpaces(header, scheme.length), source: 'header' };
}

/** RFC 9110 §11.4: spaces alone. What else counts as white space somewhere (in Latin-1 a no-break space) is part of what was sent. */
function trimSpaces(text: string, from: number): string {
  let [start, end] = [from, text.length];
  while (text[start] === ' ') start += 1;
  while (end > start && text[end - 1] === ' ') end -= 1;
  return text.slice(start, end);
}

function assertOneScheme(header: string): undefined {
  if (/(?:^|,)\s*(?:bearer|dpop|apikey)(?:\s|,|$)/i.test(header)) throw new GuardRefusal('token_twice');
  return undefined;
}
