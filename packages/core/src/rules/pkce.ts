/**
 * RFC 7636, with the rule of OAuth 2.1: every code is bound to a challenge. Only S256 is supported.
 */
import { digest, equalDigests } from '@keywright/jwt';

/** RFC 7636 §4.2: base64url of a SHA-256, so exactly 43 characters. */
export function isCodeChallenge(value: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(value);
}

/** RFC 7636 §4.1: 43 to 128 unreserved characters. */
export function isCodeVerifier(value: string): boolean {
  return /^[A-Za-z0-9._~-]{43,128}$/.test(value);
}

/** RFC 7636 §4.6: BASE64URL(SHA256(verifier)) is the challenge. */
export function verifierMatches(verifier: string, challenge: string): boolean {
  return isCodeVerifier(verifier) && equalDigests(digest(verifier), challenge);
}
