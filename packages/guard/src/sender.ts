/**
 * Checks that a token is sent by the client that it is bound to: a DPoP proof (RFC 9449 §7), a
 * certificate (RFC 8705 §3).
 */
import { hash } from 'node:crypto';
import {
  type Batch,
  type DpopNonces,
  type DpopProof,
  JwtError,
  verifyDpopProof,
} from '@keywright/jwt';
import type { ApiAddress } from './api-address.ts';
import type { Binding } from './binding.ts';
import type { FindCertificate } from './client-certificate.ts';
import type { FoundCredential, Scheme } from './credentials.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { Presented } from './presented.ts';
import type { SingleUse } from './single-use.ts';

export interface SenderOptions {
  /** Without an address, no proof can be checked, and tokens that need one are refused. */
  readonly address: ApiAddress | undefined;
  readonly findCertificate: FindCertificate;
  readonly uses: SingleUse;
  readonly nonces: DpopNonces | undefined;
  readonly dpopRequired: boolean;
  readonly bindingRequired: boolean;
  readonly clock: () => number;
  readonly batch: Batch;
}

type AnswerHeaders = Readonly<Record<string, string>>;

/**
 * Checks that the sender of this request has what its token is bound to. Answers headers that the
 * answer must have. Rejects with JwtError `token_binding_wrong`, `proof_invalid`; GuardRefusal
 * `proof_replayed`, `proof_nonce_missing`, `overloaded`.
 */
export type AssertSender = (
  binding: Binding | undefined,
  found: FoundCredential,
  presented: Presented,
) => Promise<AnswerHeaders | undefined>;

export function createSender(options: SenderOptions): AssertSender {
  const { clock, findCertificate, batch, nonces, uses } = options;
  return async (binding, { scheme, value }, presented) => {
    assertScheme(binding, scheme, options);
    const { keyThumbprint, certificateThumbprint } = binding ?? {};
    if (certificateThumbprint !== undefined) {
      assertCertificate(certificateThumbprint, findCertificate(presented));
    }
    if (keyThumbprint === undefined) return undefined;
    const nowSeconds = Math.floor(clock() / 1000);
    const proof = await batch(() =>
      checkProof(keyThumbprint, presented, value, options, nowSeconds),
    );
    const headers = assertNonce(proof.nonce, nonces, nowSeconds);
    // This check is the last, so that a request that is refused for another reason uses nothing up.
    const isFirst = await uses.claim(proof.replayId, proof.replayableUntil, presented);
    // RFC 9449 §11.1.
    if (!isFirst) throw new GuardRefusal('proof_replayed');
    return headers;
  };
}

function wrong(note: string): JwtError {
  return new JwtError('token_binding_wrong', note);
}

function assertScheme(
  binding: Binding | undefined,
  scheme: Scheme,
  { dpopRequired, bindingRequired }: SenderOptions,
): void {
  const isKeyBound = binding?.keyThumbprint !== undefined;
  // RFC 9449 §7.1, §7.2: the scheme is DPoP exactly if the token is bound to a key. Otherwise a
  // stolen token could be used as a bearer token.
  if (isKeyBound !== (scheme === 'DPoP')) throw wrong(`scheme ${scheme}`);
  if (binding === undefined && bindingRequired) throw wrong('not bound');
  if (!isKeyBound && dpopRequired) throw wrong('not bound to a key');
}

/** RFC 8705 §3.1. */
function assertCertificate(thumbprint: string, certificate: Uint8Array | undefined): void {
  if (certificate === undefined) throw wrong('no certificate');
  if (hash('sha256', certificate, 'base64url') !== thumbprint) throw wrong('another certificate');
}

function checkProof(
  thumbprint: string,
  presented: Presented,
  accessToken: string,
  { address }: SenderOptions,
  nowSeconds: number,
): DpopProof {
  if (address === undefined) throw wrong('this guard has no baseUrl');
  return verifyDpopProof(presented.header('dpop') ?? '', {
    method: presented.method,
    url: address.of(presented),
    nowSeconds,
    accessToken,
    thumbprint,
  });
}

/**
 * RFC 9449 §9. A proof with the nonce of the minute before is valid, and its sender gets the new
 * nonce (§8.2).
 */
function assertNonce(
  nonce: string | undefined,
  nonces: DpopNonces | undefined,
  nowSeconds: number,
): AnswerHeaders | undefined {
  if (nonces === undefined) return undefined;
  const current = nonces.current(nowSeconds);
  if (nonce === current) return undefined;
  const headers = { 'dpop-nonce': current };
  if (!nonces.isGood(nonce, nowSeconds))
    throw new GuardRefusal('proof_nonce_missing', {}, { headers });
  return headers;
}
