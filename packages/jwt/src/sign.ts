/**
 * Makes signed JWTs in compact form (RFC 7515 §7.1). Checks neither the claims nor the strength of
 * the key.
 */
import type { KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from './algorithms.ts';
import { createBatch } from './batch.ts';
import { signers } from './signers.ts';

/** A signing key in this process. */
export interface LocalSigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
}

/** A signing key in a service or a device, which signs with it. */
export interface RemoteSigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** The signature in the form of a JWS (RFC 7518 §3.4: R and S, not DER). */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** A signing key, local or remote. */
export type SigningKey = LocalSigningKey | RemoteSigningKey;

/** The claims of a token to be signed. */
export type Claims = Readonly<Record<string, unknown>>;

/** Encoded headers by key and type. They are the same for each token of a key. */
const headers = new WeakMap<SigningKey, Map<string, string>>();

function encodeHeader(key: SigningKey, typ: string): string {
  const header = JSON.stringify({ alg: key.algorithm, typ, kid: key.kid });
  return `${Buffer.from(header).toString('base64url')}.`;
}

function headerOf(key: SigningKey, typ: string): string {
  let ofKey = headers.get(key);
  if (ofKey === undefined) {
    ofKey = new Map();
    headers.set(key, ofKey);
  }
  let header = ofKey.get(typ);
  if (header === undefined) {
    header = encodeHeader(key, typ);
    ofKey.set(typ, header);
  }
  return header;
}

/**
 * Signs a JWT in compact form (RFC 7515 §7.1) with `alg`, `typ` and `kid` in its header. Does not
 * check the claims. `typ` must be one of a few constants, because it is cached for each key. Blocks
 * for the time of one signature: 25 µs for ES256, ten times as long for RSA.
 * @throws Error if the key does not fit its algorithm, or the claims are no JSON
 */
export function signJwtSync(key: LocalSigningKey, typ: string, claims: Claims): string {
  const input = inputOf(key, typ, claims);
  const signature = signers[key.algorithm](Buffer.from(input, 'latin1'), key.privateKey);
  return `${input}.${signature.toString('base64url')}`;
}

function inputOf(key: SigningKey, typ: string, claims: Claims): string {
  return headerOf(key, typ) + Buffer.from(JSON.stringify(claims)).toString('base64url');
}

async function signRemotely(key: RemoteSigningKey, typ: string, claims: Claims): Promise<string> {
  const input = inputOf(key, typ, claims);
  const signature = await key.sign(Buffer.from(input, 'latin1'));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

/** Signs in batches. */
export interface BatchSigner {
  /**
   * Resolves with the token at the end of this turn of the event loop, or when the remote key has
   * signed. Rejects with what `signJwtSync` throws.
   */
  sign(key: SigningKey, typ: string, claims: Claims): Promise<string>;
}

/** Signs all tokens of one turn of the event loop in one loop: see `createBatch`. */
export function createBatchSigner(): BatchSigner {
  const batch = createBatch();
  return {
    sign: (key, typ, claims) =>
      'privateKey' in key
        ? batch(() => signJwtSync(key, typ, claims))
        : signRemotely(key, typ, claims),
  };
}
