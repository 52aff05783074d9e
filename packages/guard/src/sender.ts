/** Whether a token is in the hands that it was bound to: a DPoP proof (RFC 9449 §7), a certificate (RFC 8705 §3). */
import { hash } from 'node:crypto';
import { type Batch, JwtError, verifyDpopProof } from '@keywright/jwt';
import type { ApiAddress } from './api-address.ts';
import type { Binding } from './binding.ts';
import type { FindCertificate } from './client-certificate.ts';
import type { Scheme } from './credentials.ts';
import type { DpopNonces } from './dpop-nonces.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { Presented } from './presented.ts';
import type { SingleUse } from './single-use.ts';

export interface SenderOptions {
  /** Without one no proof can be held against a request, and tokens that need one are refused. */
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

export interface Sender {
  /** @throws JwtError `token_binding_wrong` for a token that came by another scheme than its binding asks for */
  assertScheme(binding: Binding | undefined, scheme: Scheme): void;
  /**
   * Whether the sender of this request holds what the token is bound to. Answers headers that the answer must have. Throws (or
   * rejects with) JwtError `token_binding_wrong`, `proof_invalid`; GuardRefusal `proof_replayed`, `proof_nonce_missing`,
   * `overloaded`.
   */
  assertHeld(
    binding: Binding,
    presented: Presented,
    token: string,
  ): AnswerHeaders | undefined | Promise<AnswerHeaders | undefined>;
}

export function createSender(options: SenderOptions): Sender {
  const { findCertificate, dpopRequired, bindingRequired } = options;
  return {
    assertScheme(binding, scheme) {
      const isKeyBound = binding?.keyThumbprint !== undefined;
      // RFC 9449 §7.1, §7.2: bound to a key exactly when it comes as DPoP; or a stolen one would do as a bearer token.
      if (isKeyBound !== (scheme === 'DPoP')) throw wrong(`scheme ${scheme}`);
      if (binding === undefined && bindingRequired) throw wrong('not bound');
      if (!isKeyBound && dpopRequired) throw wrong('not bound to a key');
    },
    assertHeld({ keyThumbprint, certificateThumbprint }, presented, token) {
      if (certificateThumbprint !== undefined) {
        assertCertificate(certificateThumbprint, findCertificate(presented));
      }
      return keyThumbprint === undefined
        ? undefined
        : options.batch(() => checkProof(keyThumbprint, presented, token, options));
    },
  };
}

function wrong(note: string): JwtError {
  return new JwtError('token_binding_wrong', note);
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
  { address, clock, nonces, uses }: SenderOptions,
): AnswerHeaders | undefined | Promise<AnswerHeaders | undefined> {
  if (address === undefined) throw wrong('this guard has no baseUrl');
  const proof = verifyDpopProof(presented.header('dpop') ?? '', {
    method: presented.method,
    url: address.of(presented),
    nowSeconds: Math.floor(clock() / 1000),
    accessToken,
    thumbprint,
  });
  const headers = assertNonce(proof.nonce, nonces);
  // The last question: what is refused for another reason has not used anything up.
  const isFirst = uses.claim(proof.replayId, proof.replayableUntil, presented);
  const settle = (first: boolean) => {
    // RFC 9449 §11.1.
    if (!first) throw new GuardRefusal('proof_replayed');
    return headers;
  };
  return isFirst instanceof Promise ? isFirst.then(settle) : settle(isFirst);
}

/** RFC 9449 §9. A proof with the nonce of the minute before is good, and its sender is told the new one (§8.2). */
function assertNonce(nonce: string | undefined, nonces: DpopNonces | undefined): AnswerHeaders | undefined {
  if (nonces === undefined) return undefined;
  const current = nonces.current();
  if (nonce === current) return undefined;
  const headers = { 'dpop-nonce': current };
  if (!nonces.isGood(nonce)) throw new GuardRefusal('proof_nonce_missing', {}, { headers });
  return headers;
}
