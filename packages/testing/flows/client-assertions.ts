/**
 * Clients that authenticate by a signature (RFC 7523 §2.2), for flows of profiles that require it.
 */
import { randomUUID } from 'node:crypto';
import { generateSigningKey, type LocalSigningKey, signJwtSync } from '@keywright/jwt';
import type { TestPlatform } from '../src/index.ts';

const key = await generateSigningKey('ES256');

/** For the registration: `private_key_jwt` with the only key of these tests. */
export const signingClient = {
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [key.publicJwk] },
};

/** The credentials of this client in a form, for one use. */
export function assertionOf(
  platform: TestPlatform,
  clientId: string,
): Readonly<Record<string, string>> {
  const now = platform.clock.nowSeconds();
  const { kid, privateKey } = key;
  const signer: LocalSigningKey = { kid, algorithm: 'ES256', privateKey };
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: platform.issuer,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
  };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signJwtSync(signer, 'JWT', claims),
  };
}
