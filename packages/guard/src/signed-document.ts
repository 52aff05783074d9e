/** A document that an issuer signs like its tokens: a status list, a manifest of API keys. */
import {
  assertHeader,
  type ClaimsExpectation,
  type JsonObject,
  keyOf,
  parseJwt,
  type RemoteKeySet,
  verifyParsed,
} from '@keywright/jwt';

export interface DocumentExpectation {
  /** The required `typ`. */
  readonly typ: string;
  /** The required `iss`. */
  readonly issuer: ClaimsExpectation['issuer'];
  /** The required `aud`. */
  readonly audience: ClaimsExpectation['audience'];
  readonly keys: RemoteKeySet;
  /** In characters. */
  readonly maxLength: number;
  /** In milliseconds. */
  readonly clock: () => number;
}

export interface SignedDocument {
  readonly claims: JsonObject;
  /** In milliseconds. */
  readonly endsAt: number;
  /** In milliseconds. NaN if the document does not say. */
  readonly issuedAt: number;
}

const toleranceSeconds = 5;

/**
 * Answers its claims after the checks of type, key, signature, issuer, audience and times. The
 * caller checks everything else. Rejects with JwtError.
 */
export async function readSignedDocument(
  text: string,
  expected: DocumentExpectation,
): Promise<SignedDocument> {
  const { typ, issuer, audience, keys, clock } = expected;
  const parsed = parseJwt(text, expected.maxLength);
  assertHeader(parsed.header, typ);
  const { kid, algorithm } = keyOf(parsed.header);
  const key = await keys.resolve(kid, algorithm);
  const { claims } = verifyParsed(parsed, key, {
    issuer,
    audience,
    nowSeconds: Math.floor(clock() / 1000),
    clockToleranceSeconds: toleranceSeconds,
  });
  const { exp, iat } = claims as Readonly<Record<'exp' | 'iat', number>>;
  return { claims, endsAt: (exp + toleranceSeconds) * 1000, issuedAt: iat * 1000 };
}
