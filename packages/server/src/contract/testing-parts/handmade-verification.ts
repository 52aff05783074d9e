/** Verification by another author: correct, except for the one defect. */
import { createHmac, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Has } from './defects.ts';
import { audience, type TestIssuer } from './issuer.ts';

export type Json = Record<string, unknown>;

/** The claims of a good token; undefined for any other. May throw where the defect is to break. */
export function verifyByHand(token: string, issuer: TestIssuer, has: Has): Json | undefined {
  const parts = token.split('.');
  const [header, claims] = parts.slice(0, 2).map((part) => readPart(part, has));
  if (header === undefined || claims === undefined || parts.length !== 3) return undefined;
  if (!has('decodes only') && !isSigned(header, parts, issuer, has)) return undefined;
  const isGood =
    (claims['iss'] === issuer.issuer || has('takes any issuer')) &&
    (claims['aud'] === audience || has('takes any audience')) &&
    (header['typ'] === 'at+jwt' || has('takes any typ')) &&
    (Number(claims['exp']) > Date.now() / 1000 || has('takes expired'));
  return isGood ? claims : undefined;
}

function readPart(part: string, has: Has): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Json)
      : undefined;
  } catch (error) {
    if (has('breaks on garbage')) throw error;
    return undefined;
  }
}

function isSigned(
  { alg, kid, jwk }: Json,
  [head, payload, signature = '']: readonly string[],
  issuer: TestIssuer,
  has: Has,
): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  const input = Buffer.from(`${head}.${payload}`);
  if (has('takes alg none') && alg === 'none') return true;
  if (has('takes zeros') && bytes.length === 64 && bytes.every((byte) => byte === 0)) return true;
  if (has('public key as secret') && alg === 'HS256') {
    const pem = issuer.publicKey.export({ type: 'spki', format: 'pem' });
    return createHmac('sha256', pem).update(input).digest().equals(bytes);
  }
  if (has('trusts the embedded key') && jwk !== undefined)
    return isVerified(input, createPublicKey({ key: jwk as Json, format: 'jwk' }), bytes);
  if (has('breaks on unknown kid') && kid !== undefined && kid !== issuer.kid)
    throw new Error('no such key');
  return alg === 'ES256' && kid === issuer.kid && isVerified(input, issuer.publicKey, bytes);
}

function isVerified(input: Buffer, key: KeyObject, signature: Buffer): boolean {
  return verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
