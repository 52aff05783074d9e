/** A token before it is written: keys, header, claims, and the kind of its signature. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../algorithms.ts';
import { signers } from '../signers.ts';
import { exportPublicJwk } from '../key-set.ts';

export const issuer = 'https://issuer.example';
export const audience = 'https://api.example';
export const nowSeconds = 1_800_000_000;

export interface Key {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
}

const newEc = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
const newRsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const newEd = () => generateKeyPairSync('ed25519').privateKey;

/** Two keys of one algorithm, and two of one name. */
export const keys: readonly Key[] = [
  { kid: 'e1', algorithm: 'ES256', privateKey: newEc() },
  { kid: 'e2', algorithm: 'ES256', privateKey: newEc() },
  { kid: 'd1', algorithm: 'EdDSA', privateKey: newEd() },
  { kid: 'e1', algorithm: 'EdDSA', privateKey: newEd() },
  { kid: 'r1', algorithm: 'RS256', privateKey: newRsa() },
  { kid: 'p1', algorithm: 'PS256', privateKey: newRsa() },
];
export const foreignKeys: Readonly<Record<SigningAlgorithm, KeyObject>> = {
  ES256: newEc(),
  EdDSA: newEd(),
  Ed25519: newEd(),
  'ML-DSA-65': generateKeyPairSync('ml-dsa-65').privateKey,
  RS256: newRsa(),
  PS256: newRsa(),
};
export const jwks = {
  keys: keys.map((key) => exportPublicJwk(key.privateKey, key.kid, key.algorithm)),
};

/** The object that each change modifies. */
export interface Draft {
  readonly key: Key;
  readonly changes: string[];
  header: Record<string, unknown> | string | Buffer;
  claims: Record<string, unknown> | string | Buffer;
  signer: (input: Buffer) => Buffer;
}

const toBytes = (part: Draft['header']) =>
  Buffer.from(
    typeof part === 'string' || Buffer.isBuffer(part) ? (part as string) : JSON.stringify(part),
  );
export const toText = (part: Draft['header']) => toBytes(part).toString('utf8');

export function startDraft(key: Key): Draft {
  return {
    key,
    changes: [key.algorithm],
    header: { alg: key.algorithm, typ: 'at+jwt', kid: key.kid },
    claims: {
      iss: issuer,
      aud: audience,
      sub: 'usr_ada',
      client_id: 'heatlens',
      scope: 'buildings:read',
      iat: nowSeconds,
      exp: nowSeconds + 600,
    },
    signer: (input) => signers[key.algorithm](input, key.privateKey),
  };
}

export function write(draft: Draft): string {
  const input = `${toBytes(draft.header).toString('base64url')}.${toBytes(draft.claims).toString('base64url')}`;
  return `${input}.${draft.signer(Buffer.from(input)).toString('base64url')}`;
}
