/** Access tokens as the authorization server makes them, for the sides that have none. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { accessTokenSeconds, type Cast, type Jwk } from '../cast.ts';

export const protectedIssuer = 'https://login.bench.example';
/** Longer than the longest run: the guard refuses what has expired. */
const lifetimeSeconds = 6 * accessTokenSeconds;

export function accessTokenHeader({ keys }: Cast): Jwk {
  return { alg: 'ES256', typ: 'at+jwt', kid: keys.ES256['kid'] };
}

/** RFC 9068 §2.2. Without a `jti`. */
export function accessTokenClaims({ api, app }: Cast): Jwk {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: protectedIssuer,
    sub: 'usr_0123456789abcdefABCDEF',
    aud: api.identifier,
    client_id: app.id,
    iat: now,
    exp: now + lifetimeSeconds,
    scope: api.scope,
    auth_time: now,
  };
}

/** The public half of a private JWK. */
export function publicJwk(jwk: Jwk): Jwk {
  const { alg, use, kid } = jwk;
  return {
    ...createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'jwk' }),
    alg,
    use,
    kid,
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** What is signed, and its signature as JWS has it (RFC 7515 §5.1, RFC 7518 §3.4). */
export function createTokenSigner(privateJwk: Jwk, header: Jwk) {
  const key = createPrivateKey({ key: privateJwk, format: 'jwk' });
  const encodedHeader = encode(header);
  return (claims: Jwk) => {
    const input = Buffer.from(`${encodedHeader}.${encode(claims)}`);
    return { input, signature: sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }) };
  };
}

export function compact({
  input,
  signature,
}: {
  readonly input: Buffer;
  readonly signature: Buffer;
}): string {
  return `${input.toString('latin1')}.${signature.toString('base64url')}`;
}
