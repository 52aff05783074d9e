/** Client assertions (RFC 7523 §2.2), valid ones and ones that a test makes invalid. */
import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface ClientKey {
  readonly privateKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** An ES256 key of this name. */
export function createClientKey(kid: string): ClientKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' },
  };
}

export interface AssertionParts {
  readonly clientId: string;
  readonly now: number;
  readonly audience?: unknown;
  /** Replaces or adds claims. Undefined removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

function inputOf(
  { clientId, now, audience, claims, header }: AssertionParts,
  alg: string,
  kid?: string,
): string {
  const whole = {
    iss: clientId,
    sub: clientId,
    aud: audience ?? 'https://as.example',
    exp: now + 60,
    iat: now,
    jti: randomUUID(),
    ...claims,
  };
  return [{ alg, kid, ...header }, whole]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
}

export function signAssertion({ privateKey, jwk }: ClientKey, parts: AssertionParts): string {
  const input = inputOf(parts, 'ES256', jwk['kid'] as string);
  const signature = sign('sha256', Buffer.from(input), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return `${input}.${signature.toString('base64url')}`;
}

export function signAssertionWithSecret(secret: string, parts: AssertionParts): string {
  const input = inputOf(parts, 'HS256');
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

export function assertionForm(assertion: string): Readonly<Record<string, string>> {
  return { client_assertion_type: assertionType, client_assertion: assertion };
}
