/**
 * Where a request may have credentials: access tokens in the header, in a form body, and in the
 * query if a route allows it (RFC 6750 §2). API keys in the header.
 */
import { accessTokensIn, accessTokensOf } from './access-token-parameter.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { Presented } from './presented.ts';

/** The scheme as challenges write it. */
export type Scheme = 'Bearer' | 'DPoP' | 'ApiKey';

/** The credentials that a route accepts. */
export interface Taken {
  readonly queryToken: boolean;
  /** Whether API keys are accepted. If not, their scheme is unknown like any other. */
  readonly apiKeys: boolean;
}

export interface FoundCredential {
  readonly scheme: Scheme;
  readonly value: string;
  /** The whole Authorization header. Undefined for a credential from another place. */
  readonly header: string | undefined;
  readonly isInQuery: boolean;
}

/** The Authorization header of a request that has no token in another place. */
export function onlyHeaderOf(
  presented: Presented,
  form: URLSearchParams | undefined,
): string | undefined {
  const isElsewhere =
    accessTokensOf(form).length > 0 || accessTokensIn(presented.target).length > 0;
  return isElsewhere ? undefined : presented.header('authorization');
}

/**
 * The one credential of a request, or undefined if there is none. Does not check it.
 * @throws GuardRefusal `token_twice`, `token_in_query`, or `token_malformed` for an empty token
 */
export function findCredential(
  presented: Presented,
  form: URLSearchParams | undefined,
  taken: Taken,
): FoundCredential | undefined {
  const inHeader = findInHeader(presented.header('authorization'), taken);
  const queryTokens = accessTokensIn(presented.target);
  const found = [
    ...(inHeader === undefined ? [] : [inHeader]),
    ...accessTokensOf(form).map((value) => bearerOf(value, false)),
    ...queryTokens.map((value) => bearerOf(value, true)),
  ];
  // RFC 6750 §2: one method in each request.
  if (found.length > 1) throw new GuardRefusal('token_twice');
  if (queryTokens.length > 0 && !taken.queryToken) throw new GuardRefusal('token_in_query');
  if (found[0]?.value === '' && found[0].scheme !== 'ApiKey') {
    throw new GuardRefusal('token_malformed', { note: 'empty' });
  }
  return found[0];
}

function bearerOf(value: string, isInQuery: boolean): FoundCredential {
  return { scheme: 'Bearer', value, header: undefined, isInQuery };
}

const schemes: Readonly<Record<string, Scheme>> = {
  bearer: 'Bearer',
  dpop: 'DPoP',
  apikey: 'ApiKey',
};

/**
 * RFC 9110 §11.1: schemes are case-insensitive. Undefined without a header and for other schemes.
 */
export function schemeOf(header: string | undefined): Scheme | undefined {
  const name = /^(bearer|dpop|apikey)(?: |$)/i.exec(header ?? '')?.[1];
  return name === undefined ? undefined : schemes[name.toLowerCase()];
}

function findInHeader(header: string | undefined, { apiKeys }: Taken): FoundCredential | undefined {
  if (header === undefined) return undefined;
  // No credential contains a comma: either the header came twice, or it lists several schemes.
  if (header.includes(',')) return assertOneScheme(header);
  const scheme = schemeOf(header);
  if (scheme === undefined || (scheme === 'ApiKey' && !apiKeys)) return undefined;
  return { scheme, value: trimSpaces(header, scheme.length), header, isInQuery: false };
}

/**
 * RFC 9110 §11.4: only spaces. Other white space (in Latin-1 a no-break space) is part of the
 * credential.
 */
function trimSpaces(text: string, from: number): string {
  let [start, end] = [from, text.length];
  while (text[start] === ' ') start += 1;
  while (end > start && text[end - 1] === ' ') end -= 1;
  return text.slice(start, end);
}

function assertOneScheme(header: string): undefined {
  if (!/(?:^|,)\s*(?:bearer|dpop|apikey)(?:\s|,|$)/i.test(header)) return undefined;
  throw new GuardRefusal('token_twice');
}
