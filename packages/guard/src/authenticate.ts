/** From a token to what it says: out of the cache, by the whole check (RFC 9068 §4), or by asking its issuer (RFC 7662). */
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
import { createVerifiedTokens, digestOf, type Verified } from './verified-tokens.ts';

export interface AuthenticatorOptions {
  readonly issuers: TrustedIssuers;
  readonly audience: string;
  readonly clock: () => number;
  readonly clockToleranceSeconds: number;
  readonly cacheEntries: number;
  readonly batch: Batch;
}

export interface Authenticator {
  /** What the token of an Authorization header says, of one that was remembered exactly as it came. */
  known(header: string): Verified | undefined;
  /** What a token says; at once when it was verified before. Rejects with JwtError or GuardRefusal. */
  authenticate(token: string): Verified | Promise<Verified>;
  /** Finds a token by its header the next time. Only for one that came by the right scheme. */
  remember(header: string, verified: Verified): void;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { issuers, clock, batch } = options;
  const tokens = createVerifiedTokens(options.cacheEntries);
  const introspector = [...issuers.values()].find((one) => one.introspector !== undefined)?.introspector;

  function verify(token: string, digest: string): Verified | Promise<Verified> {
    const parsed = parseJwt(token);
    const issuer = findIssuer(parsed, issuers);
    const { kid, algorithm } = keyOf(parsed.header);
    const key = issuer.keys.resolve(kid, algorithm);
    return key instanceof Promise
      ? key.then((late) => keep(digest, judge(parsed, issuer, late, options)))
      : keep(digest, judge(parsed, issuer, key, options));
  }

  async function inspect(token: string, digest: string): Promise<Verified> {
    if (introspector === undefined || !opaqueToken.test(token)) return batch(() => verify(token, digest));
    return keep(digest, await introspector.inspect(token, digest));
  }

  function keep(digest: string, verified: Verified): Verified {
    tokens.add(digest, verified);
    return verified;
  }

  return {
    known: (header) => tokens.findHeader(header, clock()),
    remember: (header, verified) => tokens.rememberHeader(header, verified),
    authenticate(token) {
      if (token.length > longestToken) throw new JwtError('token_malformed', 'too long');
      const digest = digestOf(token);
      const known = tokens.find(digest, clock());
      if (known !== undefined) return known;
      return isJwt(token) ? batch(() => verify(token, digest)) : inspect(token, digest);
    },
  };
}

/** RFC 6750 §2.1. */
const opaqueToken = /^[\w.~+/-]+=*$/;

/** Three parts, and the first one the base64url of something that begins with `{`, as every header does. */
function isJwt(token: string): boolean {
  return /^e[wy][^.]*\.[^.]*\.[^.]*$/.test(token);
}

/** Says nothing about the truth of what it reads: that is for the keys of the issuer that it finds. */
function findIssuer({ header, claims }: ParsedJwt, issuers: TrustedIssuers): TrustedIssuer {
  const issuer = issuers.get(claims['iss']);
  assertHeader(header, issuer?.types ?? accessTokenType);
  // No key of anybody is for another one, and nobody needs to be asked.
  if (!algorithms.has(header['alg'])) throw new JwtError('token_signature_wrong', 'no such algorithm');
  if (issuer === undefined) {
    throw new JwtError('token_issuer_wrong', differs('iss', claims['iss'], [...issuers.keys()].join(' ')));
  }
  return issuer;
}

const algorithms: ReadonlySet<unknown> = new Set(signingAlgorithms);

/** Signature first, and only then what the token says. */
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

/** Of a header that was accepted: what is not typed then is of an issuer that need not. */
function isTyped(typ: unknown): boolean {
  return typeof typ === 'string' && /^(?:application\/)?at\+jwt$/i.test(typ);
}
