/** Keys of the bench's clients, and JWTs by hand. */
import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, CompactSign, type JWK } from 'jose';

type Json = Readonly<Record<string, unknown>>;

export interface BenchClient {
  readonly id: string;
  readonly key: JWK;
  /** What its proofs are signed with. */
  readonly dpop: JWK;
}

/** How one JWT is to differ from a good one. */
export interface Changes {
  readonly header?: Json;
  readonly claims?: Json;
  readonly key?: JWK;
  /** Of the signed text. */
  readonly text?: (jwt: string) => string;
}

/** A JWT by hand, so that everything in it can be wrong. */
export async function sign(
  key: JWK,
  header: Json,
  claims: Json,
  changes: Changes = {},
): Promise<string> {
  const protectedHeader = { alg: 'ES256', ...header, ...changes.header };
  const signer = new CompactSign(Buffer.from(JSON.stringify({ ...claims, ...changes.claims })));
  const jwt = await signer
    .setProtectedHeader(JSON.parse(JSON.stringify(protectedHeader)) as { alg: string })
    .sign({ ...(changes.key ?? key), alg: protectedHeader.alg });
  return changes.text?.(jwt) ?? jwt;
}

export function publicHalf({ kty, crv, x, y }: JWK): JWK {
  return { kty, crv, x, y } as JWK;
}

export const nowSeconds = () => Math.floor(Date.now() / 1000);

export function makeKey(algorithm: 'ES256' | 'RS256'): JWK {
  const { privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ format: 'jwk' });
}

export const thumbprintOf = (client: BenchClient) =>
  calculateJwkThumbprint(publicHalf(client.dpop));
