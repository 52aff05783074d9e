/**
 * Makes hostile tokens, with everything that an attacker has. It also has the real keys, so that
 * each token can have exactly one fault.
 */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { RefusalReason } from '@keywright/wire';
import { exportPublicJwk } from '../../key-set.ts';

export type Json = Readonly<Record<string, unknown>>;
/** A header or claims: JSON, or exactly these characters or bytes. */
export type Part = Json | string | Buffer;
export type Signer = (input: Buffer) => Buffer;

export interface ForgeParts {
  /** The header of a good token: ES256, with typ and kid. */
  readonly header: Json;
  readonly claims: Json;
  /** The ES256 key of that header. */
  readonly privateKey: KeyObject;
  /** An RS256 key that the verifier trusts as well. */
  readonly rsa: {
    readonly kid: string;
    readonly privateKey: KeyObject;
    readonly publicKey: KeyObject;
  };
  readonly nowSeconds: number;
  /** An address that nobody may ever ask. */
  readonly canary?: string;
}

export interface Forge extends Required<ForgeParts> {
  /** A key pair that no issuer has, and its JWK with the real kid. */
  readonly foreign: { readonly privateKey: KeyObject; readonly jwk: Json };
  /** A token of these parts. Without a signer, it has the real ES256 signature. */
  seal(header: Part, claims: Part, signer?: Signer): string;
  /** A valid token with another header, signed by `signer` or with the real key. */
  withHeader(changes: Json, signer?: Signer): string;
  withClaims(changes: Json): string;
  /** Valid claims as JSON text, for changes by hand. */
  readonly claimsText: string;
  readonly headerText: string;
}

export interface HostileToken {
  readonly name: string;
  /** The damage if it is accepted. */
  readonly why: string;
  /** The reason of the refusal. Undefined for a control, which must be accepted. */
  readonly reason: RefusalReason | undefined;
  readonly make: (forge: Forge) => string;
}

type Row = readonly [
  name: string,
  reason: RefusalReason | undefined,
  make: (forge: Forge) => string,
];

export function because(why: string, rows: readonly Row[]): readonly HostileToken[] {
  return rows.map(([name, reason, make]) => ({ name, why, reason, make }));
}

export function encode(part: Part): string {
  const isRaw = typeof part === 'string' || Buffer.isBuffer(part);
  return Buffer.from(isRaw ? (part as string) : JSON.stringify(part)).toString('base64url');
}

export const signEs256 =
  (key: KeyObject): Signer =>
  (input) =>
    sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
export const signHmac =
  (secret: string | Buffer, hash = 'sha256'): Signer =>
  (input) =>
    createHmac(hash, secret).update(input).digest();
export const fixed =
  (signature: Buffer): Signer =>
  () =>
    signature;
export const unsigned = fixed(Buffer.alloc(0));

export function createForge(parts: ForgeParts): Forge {
  const { header, claims, privateKey } = parts;
  const truly = signEs256(privateKey);
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const jwk = exportPublicJwk(pair.publicKey, String(header['kid']), 'ES256');
  const seal: Forge['seal'] = (head, body, signer = truly) => {
    const input = `${encode(head)}.${encode(body)}`;
    return `${input}.${signer(Buffer.from(input)).toString('base64url')}`;
  };
  return {
    canary: 'https://keys.attacker.example',
    ...parts,
    foreign: { privateKey: pair.privateKey, jwk },
    seal,
    withHeader: (changes, signer) => seal({ ...header, ...changes }, claims, signer),
    withClaims: (changes) => seal(header, { ...claims, ...changes }),
    claimsText: JSON.stringify(claims),
    headerText: JSON.stringify(header),
  };
}

/** The three parts of a good token. */
export function partsOf(forge: Forge): readonly [head: string, body: string, signature: string] {
  const [head = '', body = '', signature = ''] = forge.withHeader({}).split('.');
  return [head, body, signature];
}
