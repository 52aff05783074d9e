/**
 * Checks signed JWTs in compact form (RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725). One key is for one
 * algorithm. Keys that the header names (`jwk`, `jku`, `x5u`, `x5c`) are ignored. No JWE, no JSON
 * serialisation, no extension.
 */
import { algorithms } from './algorithms.ts';
import { BoundedMap } from './bounded-map.ts';
import { areNames, assertGiven, isName, isTime } from './given.ts';
import { type JsonObject, parseJsonObject } from './json-object.ts';
import { differs, JwtError } from './jwt-error.ts';
import type { KeySet, VerificationKey } from './key-set.ts';
import { anyAudience, anyIssuer } from './unchecked.ts';

/** The longest token that is accepted, in characters. */
export const longestToken = 16 * 1024;

/** A parsed token. Nothing in it is checked yet. */
export interface ParsedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** Header and payload as they were signed. */
  readonly signingInput: string;
  readonly signature: Buffer;
}

/**
 * The demands on the claims of a token. All are required, so that no check is left out by a missing
 * value.
 */
export interface ClaimsExpectation {
  /** The exact issuer. `anyIssuer` leaves the check out. */
  readonly issuer: string | typeof anyIssuer;
  /** `aud` must contain one of these. `anyAudience` leaves the check out. */
  readonly audience: string | readonly string[] | typeof anyAudience;
  readonly nowSeconds: number;
  /** For `exp` and `nbf`. Default: 0. */
  readonly clockToleranceSeconds?: number;
}

/** The demands on a token, and the keys that may have signed it. */
export interface VerifyOptions extends ClaimsExpectation {
  /**
   * The allowed `typ`, compared without case and without `application/` (RFC 7515 §4.1.9). In a
   * list, `''` means that `typ` may be absent.
   */
  readonly typ: string | readonly string[];
  readonly keys: KeySet;
}

/** The content of a token whose signature and claims were checked. */
export interface VerifiedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/**
 * Parses a token (RFC 7519 §7.2). Does not check its signature or its claims. `maxLength`, in
 * characters, is for larger documents that are signed like a token.
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
 * The headers of one key are always the same. They are frozen, because they are shared.
 * Unauthenticated callers can fill this map, and gain nothing.
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
 * Buffer skips characters that are not base64url, and ignores surplus bits. Only a text that
 * encodes back to itself is canonical.
 */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part)
    throw new JwtError('token_malformed', 'not canonical base64url');
  return bytes;
}

/**
 * Checks a header before its key is looked up: its type, and that it has no extension (RFC 7515
 * §4.1.11). Does not check that `alg` is known.
 * @throws JwtError `token_malformed`, `token_type_wrong`
 * @throws TypeError without an expected type
 */
export function assertHeader(header: JsonObject, typ: string | readonly string[]): void {
  assertGiven({ typ: isName(typ) || Array.isArray(typ) });
  // RFC 7515 §4.1.11: an extension that is not understood must be refused. No extension is
  // understood here, including `b64` of RFC 7797.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) {
    throw new JwtError('token_malformed', 'critical extension');
  }
  if (typeof header['alg'] !== 'string') throw new JwtError('token_malformed', 'no alg');
  if (header['kid'] !== undefined && typeof header['kid'] !== 'string') {
    throw new JwtError('token_malformed', 'kid is not a string');
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

/** The `kid` and `alg` for the lookup of a key, from a header that passed `assertHeader`. */
export function keyOf(header: JsonObject): { kid: string | undefined; algorithm: string } {
  return { kid: header['kid'] as string | undefined, algorithm: header['alg'] as string };
}

/**
 * Checks a parsed token: the signature first, then the claims (RFC 7515 §5.2). The header must have
 * passed `assertHeader`, and `key` must have been found by its `kid` and `alg`. Without a key the
 * signature is wrong. Does not check `typ`: `assertHeader` does.
 * @throws JwtError as `verifyJwt`
 * @throws TypeError for a missing expectation, before it reads the token
 */
export function verifyParsed(
  parsed: ParsedJwt,
  key: VerificationKey | undefined,
  expected: ClaimsExpectation,
): VerifiedJwt {
  assertExpectation(expected);
  if (key === undefined) throw new JwtError('token_signature_wrong', 'no such key');
  // RFC 8725 §3.1: the key determines the algorithm, and the header must agree.
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
  // RFC 8725 §3.8: the whole string is compared.
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
 * Does not check `sub`, scopes, or whether the token was used before.
 * @throws JwtError `token_malformed`, `token_type_wrong`, `token_signature_wrong`,
 *   `token_issuer_wrong`, `token_audience_wrong`, `token_expired`, `token_not_yet_valid`
 * @throws TypeError for a missing expectation
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
