/**
 * private_key_jwt (OpenID Connect Core §9, RFC 7523 §2.2): an assertion that the client signed with
 * a key of its own.
 */
import {
  anyAudience,
  type ClaimsExpectation,
  JwtError,
  keyOf,
  type ParsedJwt,
  type VerificationKey,
  verifyParsed,
} from '@keywright/jwt';
import type { Core } from '../../core.ts';
import type { Client } from '../../../model/entities.ts';
import { tellClaimFault } from '../../../rules/signed-claims.ts';
import { claimFault, refuseAlgorithm, settleAssertion, skewSeconds } from './client-assertion.ts';
import type { Attempt, Proof } from './credentials.ts';

export async function proveKeySignature(core: Core, attempt: Attempt): Promise<Proof> {
  const { client, credentials, now } = attempt;
  const assertion = credentials.assertion as ParsedJwt;
  const refused = refuseAlgorithm(core, attempt, keyOf(assertion.header).algorithm);
  if (refused !== undefined) return { fault: `assertion: ${refused}` };
  try {
    const key = await findKey(core, client, assertion);
    // RFC 8725 §3.1: the key decides the algorithm. Only the algorithm that the key is for verifies
    // it.
    const expected: ClaimsExpectation = {
      issuer: client.id,
      // Checked in `settleAssertion`, for both methods with assertions.
      audience: anyAudience,
      nowSeconds: now,
      clockToleranceSeconds: skewSeconds,
    };
    await core.verifying(() => verifyParsed(assertion, key, expected));
  } catch (error) {
    if (!(error instanceof JwtError)) throw error;
    const words = tellClaimFault(error);
    return words === undefined
      ? { fault: `assertion: ${error.note ?? error.reason}` }
      : claimFault(words);
  }
  return settleAssertion(core, attempt, assertion);
}

/** Finds the key by `kid` among the client's keys, never in the header (RFC 8725 §3.10). */
function findKey(
  core: Core,
  client: Client,
  { header }: ParsedJwt,
): VerificationKey | undefined | Promise<VerificationKey | undefined> {
  const { kid, algorithm } = keyOf(header);
  return core.clientKeys.resolve(client, kid, algorithm);
}
