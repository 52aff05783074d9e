/**
 * DPoP proofs (RFC 9449 §4): makes them, and checks one against its request. Leaves out what needs
 * storage: whether a proof was used before, and nonces. Its result has what is needed for both.
 */
import type { KeyObject } from 'node:crypto';
import { algorithms, isSigningAlgorithm, type SigningAlgorithm } from './algorithms.ts';
import { digest } from './digest.ts';
import { areNames, assertGiven, assertNames, isName, isTime } from './given.ts';
import type { JsonObject } from './json-object.ts';
import { JwtError } from './jwt-error.ts';
import { exportPublicJwk, importKey, thumbprint, type VerificationKey } from './key-set.ts';
import { hasPrivateMember } from './private-member.ts';
import { signers } from './signers.ts';
import { isTarget } from './target-uri.ts';
import { anyKey, noAccessToken } from './unchecked.ts';
import { assertHeader, type ParsedJwt, parseJwt } from './verify.ts';

const proofType = 'dpop+jwt';
/**
 * RFC 9449 §11.1: a proof is valid for a short time. Clocks may be a little ahead (§4.3,
 * "acceptable window"): FAPI 2.0 Security Profile §5.3.2.1 demands to accept up to 10 s.
 */
const window = { backSeconds: 60, aheadSeconds: 10 };

/** The private key that a client makes its proofs with. */
export interface DpopKey {
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
}

/** The request that a proof is for (RFC 9449 §4.2). */
export interface DpopRequest {
  readonly method: string;
  /** With or without query and fragment. The proof leaves both out (RFC 9449 §4.2, `htu`). */
  readonly url: string;
  /** For a request with an access token. Absent at the token endpoint. */
  readonly accessToken?: string;
  /** The last `DPoP-Nonce` of the server. */
  readonly nonce?: string;
  readonly nowSeconds: number;
  /** At least 96 random bits, never used before (RFC 9449 §4.2). */
  readonly jti: string;
}

/** Makes the proofs of one key. */
export interface DpopProver {
  /** RFC 7638 thumbprint of the key, to which tokens are bound (`cnf.jkt`). */
  readonly thumbprint: string;
  /** A proof for the header `DPoP` of one request. Blocks for the length of one signature. */
  prove(request: DpopRequest): string;
}

const requestNames = [
  'method',
  'url',
  'accessToken',
  'nonce',
  'nowSeconds',
  'jti',
] satisfies (keyof DpopRequest)[];

/**
 * Makes DPoP proofs for the requests of a client (RFC 9449 §4.2). Stores no nonces and no ids: both
 * are given with each request.
 * @throws TypeError for an unknown name, as `prove` does; Error if the key does not fit its
 *   algorithm
 * @example
 * ```ts
 * import { generateKeyPairSync, randomUUID } from 'node:crypto';
 * import { createDpopProver } from '@keywright/jwt';
 *
 * const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
 * const prover = createDpopProver({ algorithm: 'ES256', privateKey });
 * const url = 'https://api.example.com/buildings';
 * const accessToken = 'the token that is bound to this key';
 * const nowSeconds = Math.floor(Date.now() / 1000);
 * const proof = prover.prove({ method: 'GET', url, accessToken, nowSeconds, jti: randomUUID() });
 * await fetch(url, { headers: { authorization: `DPoP ${accessToken}`, dpop: proof } });
 * ```
 */
export function createDpopProver(key: DpopKey): DpopProver {
  assertNames(key, ['algorithm', 'privateKey']);
  const { algorithm, privateKey } = key;
  const { kty, crv, x, y, n, e, pub } = exportPublicJwk(privateKey, '', algorithm);
  // A key of the type AKP is incomplete without its algorithm (draft-ietf-cose-dilithium §6).
  const alg = pub === undefined ? undefined : algorithm;
  const header = encode({
    typ: proofType,
    alg: algorithm,
    jwk: { kty, alg, crv, x, y, n, e, pub },
  });
  return {
    thumbprint: thumbprint(privateKey),
    prove(request) {
      assertNames(request, requestNames);
      const { method, url, accessToken, nonce, nowSeconds, jti } = request;
      const ath = accessToken === undefined ? undefined : digest(accessToken);
      const htu = url.split(/[?#]/, 1)[0];
      const input = `${header}.${encode({ jti, htm: method, htu, iat: nowSeconds, ath, nonce })}`;
      const signature = signers[algorithm](Buffer.from(input, 'latin1'), privateKey);
      return `${input}.${signature.toString('base64url')}`;
    },
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The demands on a proof. All are required, so that no check is left out by a missing value. */
export interface DpopExpectation {
  readonly method: string;
  /**
   * The address of the request as its sender knows it, or several possible ones. Never make it from
   * the Host header.
   */
  readonly url: string | readonly string[];
  readonly nowSeconds: number;
  /**
   * The token that the proof is for. With `noAccessToken` there is none, and `ath` is not checked.
   */
  readonly accessToken: string | typeof noAccessToken;
  /** `cnf.jkt` of the token. `anyKey` if a new token will be bound to the key of the proof. */
  readonly thumbprint: string | typeof anyKey;
}

/** The content of a valid proof, with what is needed to check its nonce and its single use. */
export interface DpopProof {
  /** RFC 7638 thumbprint of the key that signed. */
  readonly thumbprint: string;
  /** The algorithm of its signature. */
  readonly algorithm: SigningAlgorithm;
  readonly nonce: string | undefined;
  /**
   * Identifies this proof, in 43 characters. Claim it once, and remember it until
   * `replayableUntil`.
   */
  readonly replayId: string;
  /** In milliseconds. */
  readonly replayableUntil: number;
}

/**
 * Checks a proof by RFC 9449 §4.3. Does not check its nonce (step 10), or whether it was used
 * before (§11.1): claim `replayId` once, and remember it until `replayableUntil`. A proof may be 60
 * s old, or 10 s ahead. Step 1 (one header) needs no check of its own: two proofs joined with a
 * comma are no JWT.
 * @throws JwtError `proof_invalid`; `token_binding_wrong` if another key signed the proof than the
 *   token is bound to
 * @throws TypeError for a missing expectation
 */
export function verifyDpopProof(proof: string, expected: DpopExpectation): DpopProof {
  assertExpectation(expected);
  const parsed = parseProof(proof);
  const { key, id } = keyOf(parsed.header);
  // RFC 9449 §4.3 (12b), §7.1: a fault of the token, not of the proof.
  if (expected.thumbprint !== anyKey && id !== expected.thumbprint) {
    throw new JwtError('token_binding_wrong', 'proof of another key');
  }
  const data = Buffer.from(parsed.signingInput, 'latin1');
  if (!algorithms[key.algorithm].verify(data, key.publicKey, parsed.signature))
    throw invalid('signature');
  assertClaims(parsed.claims, expected);
  const { jti, iat, nonce } = parsed.claims as { jti: string; iat: number; nonce?: unknown };
  return {
    thumbprint: id,
    algorithm: key.algorithm,
    nonce: typeof nonce === 'string' ? nonce : undefined,
    replayId: digest(`${id} ${jti}`),
    replayableUntil: (iat + window.backSeconds + 1) * 1000,
  };
}

function assertExpectation(expected: DpopExpectation): void {
  const { method, url, nowSeconds, accessToken, thumbprint } = expected;
  assertGiven({
    method: isName(method),
    url: areNames(url),
    nowSeconds: isTime(nowSeconds),
    accessToken: accessToken === noAccessToken || isName(accessToken),
    thumbprint: thumbprint === anyKey || isName(thumbprint),
  });
}

function invalid(note: string): JwtError {
  return new JwtError('proof_invalid', note);
}

function parseProof(proof: string): ParsedJwt {
  try {
    const parsed = parseJwt(proof);
    assertHeader(parsed.header, proofType);
    return parsed;
  } catch (error) {
    // parseJwt reports a fault of an access token.
    throw error instanceof JwtError ? invalid(error.note ?? 'typ') : error;
  }
}

interface ProofKey {
  readonly key: VerificationKey;
  readonly id: string;
}

/**
 * A client sends the same header with each proof. `parseJwt` then returns the same object, and the
 * key is read once.
 */
const keys = new WeakMap<JsonObject, ProofKey>();

function keyOf(header: JsonObject): ProofKey {
  const known = keys.get(header);
  if (known !== undefined) return known;
  const key = importProofKey(header);
  const found = { key, id: thumbprint(key.publicKey) };
  keys.set(header, found);
  return found;
}

function importProofKey({ alg, jwk }: JsonObject): VerificationKey {
  // RFC 9449 §4.3 (5): asymmetric, not none, and one that we know.
  if (!isSigningAlgorithm(alg)) throw invalid('alg');
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) throw invalid('jwk');
  // RFC 9449 §4.3 (7).
  if (hasPrivateMember(jwk)) throw invalid('jwk holds a private key');
  const key = importKey({ alg, ...jwk });
  if (key?.algorithm !== alg) throw invalid('jwk does not fit alg');
  return key;
}

function assertClaims(
  claims: JsonObject,
  { method, url, nowSeconds, accessToken }: DpopExpectation,
): void {
  const { jti, htm, htu, iat, ath, exp, nbf } = claims;
  if (typeof jti !== 'string' || jti === '') throw invalid('jti');
  // RFC 9449 §4.3 (8): methods are case-sensitive.
  if (htm !== method) throw invalid('htm');
  // RFC 9449 §4.3 (9).
  if (typeof htu !== 'string' || !isTargetOfAny(htu, url))
    throw invalid(`htu is not ${String(url)}`);
  // RFC 9449 §4.3 (11).
  if (typeof iat !== 'number' || !isWithin(iat, nowSeconds)) throw invalid('iat');
  // RFC 7519 §4.1.4, §4.1.5: both are optional, and are checked if they are present.
  if (exp !== undefined && !(typeof exp === 'number' && exp > nowSeconds)) throw invalid('exp');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= nowSeconds + window.aheadSeconds))
    throw invalid('nbf');
  // RFC 9449 §4.3 (12a).
  if (accessToken !== noAccessToken && ath !== digest(accessToken)) throw invalid('ath');
}

function isTargetOfAny(stated: string, url: string | readonly string[]): boolean {
  return typeof url === 'string' ? isTarget(stated, url) : url.some((one) => isTarget(stated, one));
}

function isWithin(iat: number, nowSeconds: number): boolean {
  return iat >= nowSeconds - window.backSeconds && iat <= nowSeconds + window.aheadSeconds;
}
