/** Keys of applications, their proofs (RFC 9449 §4.2), and requests with proofs. */
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createDpopProver, type SigningAlgorithm } from '@keywright/jwt';
import type { Answer, TestPlatform } from '../src/index.ts';

export interface ProofWords {
  readonly method?: string;
  readonly url?: string;
  readonly accessToken?: string;
  readonly nonce?: string;
  /** Seconds from now. */
  readonly age?: number;
  readonly jti?: string;
}

export interface TestKey {
  readonly thumbprint: string;
  readonly privateKey: KeyObject;
  /** A new proof, for the token endpoint unless another address is given. */
  proof(platform: TestPlatform, words?: ProofWords): string;
}

function generate(algorithm: SigningAlgorithm): KeyObject {
  if (algorithm === 'ES256')
    return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519').privateKey;
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

export function createKey(algorithm: SigningAlgorithm = 'ES256'): TestKey {
  const privateKey = generate(algorithm);
  const prover = createDpopProver({ algorithm, privateKey });
  return {
    thumbprint: prover.thumbprint,
    privateKey,
    proof: (
      platform,
      { method = 'POST', url = `${platform.issuer}/token`, age = 0, jti, ...words } = {},
    ) =>
      prover.prove({
        method,
        url,
        ...words,
        nowSeconds: platform.clock.nowSeconds() - age,
        jti: jti ?? randomUUID(),
      }),
  };
}

/** Posts a form with headers, authenticated by the client's secret if it has one. */
export function postAs(
  platform: TestPlatform,
  path: string,
  form: Readonly<Record<string, string>>,
  clientId: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const secret = platform.secrets.get(clientId);
  const credentials = Buffer.from(`${clientId}:${secret}`).toString('base64');
  return secret === undefined
    ? platform.browser().post(path, { ...form, client_id: clientId }, headers)
    : platform.browser().post(path, form, { authorization: `Basic ${credentials}`, ...headers });
}

/** A proof that no honest client makes, with the given header, claims and signature. */
export function forgeProof(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  key: KeyObject,
): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
