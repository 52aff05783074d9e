/** Keys of applications and of external issuers, and their signatures. */
import { randomUUID } from 'node:crypto';
import { createDpopProver, generateSigningKey, signJwtSync } from '@keywright/jwt';

export interface Signer {
  readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  /** With its own `jti`, valid from now on for a minute. */
  sign(type: string, claims: Readonly<Record<string, unknown>>): string;
  /** A DPoP proof (RFC 9449 §4.2) of a POST. */
  prove(url: string): string;
}

const lifeSeconds = 60;

export async function createSigner(): Promise<Signer> {
  const { kid, privateKey, publicJwk } = await generateSigningKey('ES256');
  const key = { kid, algorithm: 'ES256', privateKey } as const;
  const prover = createDpopProver({ algorithm: 'ES256', privateKey });
  const now = () => Math.floor(Date.now() / 1000);
  return {
    jwks: { keys: [publicJwk] },
    sign(type, claims) {
      const iat = now();
      return signJwtSync(key, type, {
        jti: randomUUID(),
        iat,
        nbf: iat,
        exp: iat + lifeSeconds,
        ...claims,
      });
    },
    prove: (url) => prover.prove({ method: 'POST', url, nowSeconds: now(), jti: randomUUID() }),
  };
}

/** RFC 7523 §2.2: the credentials of a client in a form, for one use. */
export function authenticateBy(
  signer: Signer,
  clientId: string,
  issuer: string,
): Readonly<Record<string, string>> {
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signer.sign('JWT', { iss: clientId, sub: clientId, aud: issuer }),
  };
}
