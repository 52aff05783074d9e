/**
 * Checking signed JWTs in compact form (RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725). One key pins one
 * algorithm; what the header says about keys (`jwk`, `jku`, `x5u`, `x5c`) is never followed. No
 * JWE, no JSON serialisation, no extension.
 */
import { algorithms } from './algorithms.ts';
import { BoundedMap } from './bounded-map.ts';
import { areNames, assertGiven, isName, isTime } from './given.ts';
import { type JsonObject, parseJsonObject } from './json-object.ts';
import { differs, JwtError } from './jwt-error.ts';
import type { KeySet, VerificationKey } from './key-set.ts';
import { anyAudience, anyIssuer } from './unchecked.ts';

/** The longest token that is looked at, in characters. */
export const longestToken = 16 * 1024;

/** A token taken apart. Nothing of it is checked yet. */
export interface ParsedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** Header and payload as they were signed. */
  readonly signingInput: string;
  readonly signature: Buffer;
}

/** What the claims of a token must say: nothing is left unchecked by a missing value. */
export interface ClaimsExpectation {
  /** The exact issuer; `anyIssuer` leaves it unchecked. */
  readonly issuer: string | typeof anyIssuer;
  /** One of these must be in `aud`; `anyAudience` leaves it unchecked. */
  readonly audience: string | readonly string[] | typeof anyAudience;
  readonly nowSeconds: number;
  /** For `exp` and `nbf`; 0 by default. */
  readonly clockToleranceSeconds?: number;
}

/** What a token must be, and the keys that may have signed it. */
export interface VerifyOptions extends ClaimsExpectation {
  /**
   * What `typ` may be; compared without case and without `application/` (RFC 7515 §4.1.9). In a
   * list `''` stands for none.
   */
  readonly typ: string | readonly string[];
  readonly keys: KeySet;
}

/** What a token says whose signature and claims were checked. */
export interface VerifiedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/**
 * Takes a token apart (RFC 7519 §7.2); does not check its signature or its claims. `maxLength`, in
 * characters, is for documents that are signed like a token and larger.
 * @throws JwtError `token_malformed`
 */
export function parseJwt(token: string, maxLength = longestToken): ParsedJwt {
  if (token.length > maxLength) throw new JwtError('token_malformed', 'too long');
  const headerEnd = token.indexOf('.');
  const payloadEnd = token.indexOf('.', headerEnd + 1);
  if (headerEnd < 1 || payloadEnd === -1 || token.indexOf('.', payloadEnd + 1) !== -1) {
    throw new JwtError('token_malformed', 'not three parts');
  }
  return {
    header: parseHeader(token.slice(0, headerEnd)),
    claims: parsePart(token.slice(headerEnd + 1, payloadEnd)),
    signingInput: token.slice(0, payloadEnd),
    signature: decode(token.slice(payloadEnd + 1)),
  };
}

/**
 * Headers repeat for the life of a key. Frozen, because they are shared; strangers can fill this,
 * and gain nothing.
 */
const headers = new BoundedMap<string, JsonObject>(100);
const longestHeader = 256;

function parseHeader(part: string): JsonObject {
  const known = headers.get(part);
  if (known !== undefined) return known;
  const header = parsePart(part);
  if (part.length <= longestHeader) headers.set(part, Object.freeze(header));
  return header;
}

function parsePart(part: string): JsonObject {
  const value = parseJsonObject(decode(part));
  if (value === undefined) throw new JwtError('token_malformed', 'not a plain JSON object');
  return value;
}

/**
 * Buffer skips what is not base64url and ignores surplus bits: only what encodes back to the same
 * text is canonical.
 */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part)
    throw new JwtError('token_malformed', 'not canonical base64url');
  return bytes;
}

/**
 * Checks what a header must be before a key is looked for: its type, and no extension (RFC 7515
 * §4.1.11). Does not check that `alg` is known.
 * @throws JwtError `token_malformed`, `token_type_wrong`
 * @throws TypeError without a type to expect
 */
export function assertHeader(header: JsonObject, typ: string | readonly string[]): void {
  assertGiven({ typ: isName(typ) || Array.isArray(typ) });
  // RFC 7515 §4.1.11: an extension that is not understood must be refused, and we understand none
  // (RFC 7797's b64 too).
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) {
    throw new JwtError('token_malformed', 'critical extension');
  }
  if (typeof header['alg'] !== 'string') throw new JwtError('token_malformed', 'no alg');
  if (header['kid'] !== undefined && typeof header['kid'] !== 'string') {
    throw new JwtError('token_malformed', 'kid is no string');
  }
  if (!isTyp(header['typ'], typ)) throw new JwtError('token_type_wrong');
}

function isTyp(value: unknown, expected: string | readonly string[]): boolean {
  if (value === undefined) return Array.isArray(expected) && expected.includes('');
  if (typeof value !== 'string') return false;
  if (value === expected) return true;
  const plain = plainTyp(value);
  if (plain === '') return false;
  return typeof expected === 'string'
    ? plain === plainTyp(expected)
    : expected.some((one) => plain === plainTyp(one));
}

function plainTyp(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '');
}

/** The `kid` and `alg` to look a key up by, of a header that passed `assertHeader`. */
export function keyOf(header: JsonObject): { kid: string | undefined; algorithm: string } {
  return { kid: header['kid'] as string | undefined, algorithm: header['alg'] as string };
}

/**
 * Checks a token that was taken apart: signature first, claims after it (RFC 7515 §5.2). The
 * header must have passed `assertHeader`, and `key` must have been found by its `kid` and `alg`;
 * with none the signature is wrong. Does not check `typ`, which `assertHeader` does.
 * @throws JwtError as `verifyJwt`
 * @throws TypeError for an expectation that is missing, before it looks at the token
 */
export function verifyParsed(
  parsed: ParsedJwt,
  key: VerificationKey | undefined,
  expected: ClaimsExpectation,
): VerifiedJwt {
  assertExpectation(expected);
  if (key === undefined) throw new JwtError('token_signature_wrong', 'no such key');
  // RFC 8725 §3.1: the key decides the algorithm; the header may only agree.
  if (parsed.header['alg'] !== key.algorithm)
    throw new JwtError('token_signature_wrong', 'alg of another key');
  const data = Buffer.from(parsed.signingInput, 'latin1');
  if (!algorithms[key.algorithm].verify(data, key.publicKey, parsed.signature)) {
    throw new JwtError('token_signature_wrong');
  }
  assertClaims(parsed.claims, expected);
  return { header: parsed.header, claims: parsed.claims };
}

function assertExpectation(expected: ClaimsExpectation): void {
  const { issuer, audience, nowSeconds, clockToleranceSeconds = 0 } = expected;
  assertGiven({
    issuer: issuer === anyIssuer || isName(issuer),
    audience: audience === anyAudience || areNames(audience),
    nowSeconds: isTime(nowSeconds),
    clockToleranceSeconds: isTime(clockToleranceSeconds),
  });
}

function assertClaims(claims: JsonObject, expected: ClaimsExpectation): void {
  const { issuer, audience } = expected;
  // RFC 8725 §3.8: the whole string, never a part of it.
  if (issuer !== anyIssuer && claims['iss'] !== issuer) {
    throw new JwtError('token_issuer_wrong', differs('iss', claims['iss'], issuer));
  }
  if (audience !== anyAudience && !isAudience(claims['aud'], audience)) {
    throw new JwtError('token_audience_wrong', differs('aud', claims['aud'], audience));
  }
  assertTimes(claims, expected.nowSeconds, expected.clockToleranceSeconds ?? 0);
}

function isAudience(aud: unknown, expected: string | readonly string[]): boolean {
  const isExpected = (one: unknown) =>
    typeof one === 'string' &&
    (typeof expected === 'string' ? one === expected : expected.includes(one));
  return Array.isArray(aud) ? aud.some(isExpected) : isExpected(aud);
}

function assertTimes(claims: JsonObject, now: number, tolerance: number): void {
  const { exp, nbf, iat } = claims;
  if (!isTime(exp)) throw new JwtError('token_malformed', 'exp');
  if (iat !== undefined && !isTime(iat)) throw new JwtError('token_malformed', 'iat');
  if (nbf !== undefined && !isTime(nbf)) throw new JwtError('token_malformed', 'nbf');
  // RFC 7519 §4.1.4: not on or after its end.
  if (now >= exp + tolerance) throw new JwtError('token_expired');
  if (nbf !== undefined && nbf > now + tolerance) throw new JwtError('token_not_yet_valid');
}

/**
 * Checks one token (RFC 7519 §7.2, RFC 8725): form, type, key, signature, issuer, audience, times.
 * Does not check `sub`, scopes, or whether the token was seen before.
 * @throws JwtError `token_malformed`, `token_type_wrong`, `token_signature_wrong`,
 * `token_issuer_wrong`, `token_audience_wrong`, `token_expired`, `token_not_yet_valid`
 * @throws TypeError for an expectation that is missing
 * @example
 * ```ts
 * import { importKeySet, verifyJwt } from '@keywright/jwt';
 *
 * const response = await fetch('https://login.example.com/jwks');
 * const keys = importKeySet(await response.json());
 * const { claims } = verifyJwt('a token', {
 *   typ: 'at+jwt',
 *   issuer: 'https://login.example.com',
 *   audience: 'https://api.example.com',
 *   keys,
 *   nowSeconds: Math.floor(Date.now() / 1000),
 * });
 * console.log(claims['sub']);
 * ```
 */
export function verifyJwt(token: string, options: VerifyOptions): VerifiedJwt {
  assertExpectation(options);
  const parsed = parseJwt(token);
  assertHeader(parsed.header, options.typ);
  const { kid, algorithm } = keyOf(parsed.header);
  return verifyParsed(parsed, options.keys.find(kid, algorithm), options);
}
