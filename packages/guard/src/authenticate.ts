/** From a token to its caller: out of the cache, or by the whole check (RFC 9068 §4). */
import {
  assertHeader,
  createBatch,
  keyOf,
  type ParsedJwt,
  parseJwt,
  type RemoteKeySet,
  type VerificationKey,
  verifyParsed,
} from '@keywright/jwt';
import { type Caller, callerOf } from './caller.ts';
import { createVerifiedTokens, digestOf } from './verified-tokens.ts';

/** RFC 9068 §4: nothing else is an access token. */
const accessTokenType = 'at+jwt';

export interface AuthenticatorOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: RemoteKeySet;
  readonly clock: () => number;
  readonly clockToleranceSeconds: number;
  readonly cacheEntries: number;
}

export interface Authenticator {
  /** The caller of an Authorization header that was accepted before, exactly as it came. */
  known(header: string): Caller | undefined;
  /**
   * The caller of a token; at once when it was verified before. `header` is where it stood, to find it sooner next time.
   * Rejects with JwtError.
   */
  authenticate(token: string, header?: string): Caller | Promise<Caller>;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { issuer, audience, keys, clock, clockToleranceSeconds } = options;
  const tokens = createVerifiedTokens(options.cacheEntries);
  const batch = createBatch();

  function verify(digest: string, parsed: ParsedJwt, key: VerificationKey | undefined): Caller {
    const nowSeconds = Math.floor(clock() / 1000);
    const expected = { typ: accessTokenType, issuer, audience, nowSeconds, clockToleranceSeconds };
    const { claims } = verifyParsed(parsed, key, expected);
    const caller = callerOf(claims);
    const current = keys.current();
    if (key !== undefined && current !== undefined) {
      const endsAt = ((claims['exp'] as number) + clockToleranceSeconds) * 1000;
      tokens.add(digest, { caller, key, keys: current, endsAt });
    }
    return caller;
  }

  function check(token: string, digest: string): Caller | Promise<Caller> {
    const parsed = parseJwt(token);
    assertHeader(parsed.header, accessTokenType);
    const { kid, algorithm } = keyOf(parsed.header);
    const key = keys.resolve(kid, algorithm);
    return key instanceof Promise
      ? key.then((late) => verify(digest, parsed, late))
      : verify(digest, parsed, key);
  }

  return {
    known(header) {
      const current = keys.current();
      return current === undefined ? undefined : tokens.findHeader(header, current, clock());
    },
    authenticate(token, header) {
      const current = keys.current();
      const digest = digestOf(token);
      const known = current === undefined ? undefined : tokens.find(digest, header, current, clock());
      return known ?? batch(() => check(token, digest));
    },
  };
}
