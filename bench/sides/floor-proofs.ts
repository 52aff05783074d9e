/**
 * What the floor asks of a DPoP proof and of a client assertion: the signature, whom it is for,
 * that it is fresh and new. In memory alone.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Jwk } from '../cast.ts';

interface Signed {
  readonly header: Jwk;
  readonly claims: Jwk;
  readonly input: Buffer;
  readonly signature: Buffer;
}

function decode(part: string): Jwk {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Jwk;
}

function parse(text: string): Signed {
  const [header = '', claims = '', signature = ''] = text.split('.');
  return {
    header: decode(header),
    claims: decode(claims),
    input: Buffer.from(`${header}.${claims}`, 'latin1'),
    signature: Buffer.from(signature, 'base64url'),
  };
}

function isGood({ input, signature }: Signed, key: KeyObject): boolean {
  return verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function thumbprint({ crv, kty, x, y }: Jwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

const freshSeconds = 60;
const used = new Set<string>();

function isNew({ jti, iat }: Jwk): boolean {
  if (typeof jti !== 'string' || typeof iat !== 'number' || used.has(jti)) return false;
  used.add(jti);
  return Math.abs(Date.now() / 1000 - iat) <= freshSeconds;
}

const keys = new Map<string, { readonly key: KeyObject; readonly id: string }>();

function keyOf(jwk: Jwk) {
  const name = String(jwk['x']);
  const known = keys.get(name);
  if (known !== undefined) return known;
  const found = { key: createPublicKey({ key: jwk, format: 'jwk' }), id: thumbprint(jwk) };
  keys.set(name, found);
  return found;
}

/** The thumbprint of the key that made it, or undefined for one that is not good. */
export function proveKey(proof: string, url: string): string | undefined {
  const signed = parse(proof);
  const { key, id } = keyOf(signed.header['jwk'] as Jwk);
  const { htm, htu } = signed.claims;
  return htm === 'POST' && htu === url && isGood(signed, key) && isNew(signed.claims)
    ? id
    : undefined;
}

/** Whether this client signed it for this server. */
export function createAssertionCheck(clientId: string, jwk: Jwk, issuer: string) {
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return (assertion: string): boolean => {
    const signed = parse(assertion);
    const { iss, sub, aud, exp } = signed.claims;
    const isFor = iss === clientId && sub === clientId && aud === issuer;
    return isFor && Number(exp) > Date.now() / 1000 && isGood(signed, key) && isNew(signed.claims);
  };
}
