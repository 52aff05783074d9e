/**
 * Verifies a token: from the cache, by the complete check (RFC 9068 §4), or by introspection at its
 * issuer (RFC 7662).
 */
import {
  assertHeader,
  type Batch,
  differs,
  JwtError,
  keyOf,
  longestToken,
  type ParsedJwt,
  parseJwt,
  signingAlgorithms,
  type VerificationKey,
  verifyParsed,
} from '@keywright/jwt';
import { accessTokenType, type TrustedIssuer, type TrustedIssuers } from './issuers.ts';
import { factsOf, statusOf } from './token-claims.ts';
import { namedClaimsOf } from './untyped-token.ts';
import { digestOf, type Verified, type VerifiedTokens } from './verified-tokens.ts';

export interface AuthenticatorOptions {
  readonly issuers: TrustedIssuers;
  readonly audience: string;
  readonly clock: () => number;
  readonly clockToleranceSeconds: number;
  readonly tokens: VerifiedTokens;
  readonly batch: Batch;
}

/** Answers the content of a verified token. Rejects with JwtError or GuardRefusal. */
export type Authenticate = (token: string) => Promise<Verified>;

export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  const { issuers, clock, tokens, batch } = options;
  const introspector = [...issuers.values()].find((one) => one.introspector)?.introspector;
  return async (token) => {
    if (token.length > longestToken) throw new JwtError('token_malformed', 'too long');
    const digest = digestOf(token);
    const known = tokens.find(digest, clock());
    if (known !== undefined) return known;
    const verified =
      introspector !== undefined && isOpaque(token)
        ? await introspector.inspect(token, digest)
        : await batch(() => verify(token, options));
    tokens.add(digest, verified);
    return verified;
  };
}

/**
 * RFC 6750 §2.1. A JWT has three parts, and the first one is base64url of text that begins with
 * `{`, as every header does.
 */
function isOpaque(token: string): boolean {
  return !/^e[wy][^.]*\.[^.]*\.[^.]*$/.test(token) && /^[\w.~+/-]+=*$/.test(token);
}

async function verify(token: string, options: AuthenticatorOptions): Promise<Verified> {
  const parsed = parseJwt(token);
  const issuer = findIssuer(parsed, options.issuers);
  const { kid, algorithm } = keyOf(parsed.header);
  return judge(parsed, issuer, await issuer.keys.resolve(kid, algorithm), options);
}

/** Verifies nothing. The keys of the issuer that it finds do. */
function findIssuer({ header, claims }: ParsedJwt, issuers: TrustedIssuers): TrustedIssuer {
  const issuer = issuers.get(claims['iss']);
  assertHeader(header, issuer?.types ?? accessTokenType);
  // No key has another algorithm, so no key set needs to be fetched.
  if (!algorithms.has(header['alg']))
    throw new JwtError('token_signature_wrong', 'no such algorithm');
  if (issuer === undefined) {
    throw new JwtError(
      'token_issuer_wrong',
      differs('iss', claims['iss'], [...issuers.keys()].join(' ')),
    );
  }
  return issuer;
}

const algorithms: ReadonlySet<unknown> = new Set(signingAlgorithms);

/** The signature is checked first, and then the content of the token. */
function judge(
  parsed: ParsedJwt,
  { options: { issuer }, keys }: TrustedIssuer,
  key: VerificationKey | undefined,
  { audience, clock, clockToleranceSeconds }: AuthenticatorOptions,
): Verified {
  const nowSeconds = Math.floor(clock() / 1000);
  const expected = { issuer, audience, nowSeconds, clockToleranceSeconds };
  const { header, claims } = verifyParsed(parsed, key, expected);
  const named = isTyped(header['typ']) ? claims : namedClaimsOf(claims);
  const endsAt = ((claims['exp'] as number) + clockToleranceSeconds) * 1000;
  const facts = factsOf(claims, issuer, named);
  return { ...facts, status: statusOf(claims), endsAt, source: keys, key, keys: keys.current() };
}

/** For an accepted header: an untyped token can only be of an issuer for which this is allowed. */
function isTyped(typ: unknown): boolean {
  return typeof typ === 'string' && /^(?:application\/)?at\+jwt$/i.test(typ);
}
