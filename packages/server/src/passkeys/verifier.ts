/** Verifies passkeys with `@simplewebauthn/server`, which is loaded with the first one. */
import { X509Certificate } from 'node:crypto';
import type { PasskeyExpectation, PasskeyVerifier } from '@keywright/core';
import type {
  AuthenticationResponseJSON,
  RegistrationResponseJSON,
  VerifiedAuthenticationResponse,
  VerifiedRegistrationResponse,
} from '@simplewebauthn/server';

/** COSE algorithms (RFC 9053 §2): ES256, EdDSA, RS256. Those that pages ask for. */
const algorithms = [-7, -8, -257];

/** Which models of authenticators may be added. They prove it by certificates. */
export interface AuthenticatorPolicy {
  /** AAGUIDs in lower case. Undefined: all that are not in `deny`. */
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[];
  /** Certificates of makers. */
  readonly roots: readonly X509Certificate[];
}

/** Without a policy, every authenticator is accepted, and none is asked for its model. */
export function createPasskeyVerifier(policy?: AuthenticatorPolicy): PasskeyVerifier {
  // The runtime keeps the module, so only the first call loads it.
  const load = () => import('@simplewebauthn/server');
  return {
    attestation: policy === undefined ? 'none' : 'direct',
    async verifyRegistration(response, expected) {
      const { verifyRegistrationResponse } = await load();
      if (!(await settle(() => hasRightAttestation(response, policy)))) return undefined;
      const verified = await settle(() =>
        verifyRegistrationResponse({
          response: response as unknown as RegistrationResponseJSON,
          ...toLibrary(expected),
          supportedAlgorithmIDs: algorithms,
        }),
      );
      const registered = verified && toRegistered(verified);
      return registered && isAccepted(registered.aaguid, policy) ? registered : undefined;
    },
    async verifyAssertion(response, { id, publicKey }, expected) {
      const { verifyAuthenticationResponse } = await load();
      const verified = await settle(() =>
        verifyAuthenticationResponse({
          response: response as unknown as AuthenticationResponseJSON,
          ...toLibrary(expected),
          // Below every counter that an authenticator sends: the store compares them.
          credential: { id, publicKey: Buffer.from(publicKey, 'base64url'), counter: -1 },
        }),
      );
      return verified && toUse(verified);
    },
  };
}

function isAccepted(aaguid: string, policy: AuthenticatorPolicy | undefined): boolean {
  if (policy === undefined) return true;
  return (policy.allow?.includes(aaguid) ?? true) && !policy.deny.includes(aaguid);
}

/**
 * Without a policy, no certificates. With one, certificates of the format `packed` that lead to a
 * root. The library gets no others: for them it fetches revocation lists from addresses that stand
 * in certificates, and those are the sender's choice. It does so for `packed` only if it knows
 * roots, and it knows none.
 */
async function hasRightAttestation(
  response: Readonly<Record<string, unknown>>,
  policy: AuthenticatorPolicy | undefined,
): Promise<boolean> {
  const { decodeAttestationObject, isoBase64URL } = await import('@simplewebauthn/server/helpers');
  const { attestationObject } = response['response'] as { readonly attestationObject: string };
  const decoded = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject));
  const format = decoded.get('fmt');
  const certificates = format === 'packed' ? decoded.get('attStmt').get('x5c') : undefined;
  if (policy === undefined)
    return format === 'none' || (format === 'packed' && certificates === undefined);
  const chain = certificates?.map((der) => new X509Certificate(der)) ?? [];
  return leadsToRoot(chain, policy.roots, new Date());
}

/** Revocation is not checked: an operator removes the root, or denies the model. */
function leadsToRoot(
  [first, ...rest]: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: Date,
): boolean {
  if (first === undefined || !isCurrent(first, now)) return false;
  if (
    roots.some(
      (root) => root.raw.equals(first.raw) || (isCurrent(root, now) && isIssued(first, root)),
    )
  )
    return true;
  const [next] = rest;
  return next?.ca === true && isIssued(first, next) && leadsToRoot(rest, roots, now);
}

function isIssued(one: X509Certificate, by: X509Certificate): boolean {
  return one.checkIssued(by) && one.verify(by.publicKey);
}

function isCurrent({ validFrom, validTo }: X509Certificate, now: Date): boolean {
  return new Date(validFrom) <= now && now <= new Date(validTo);
}

function toLibrary({ challenge, origin, rpId }: PasskeyExpectation) {
  return {
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    requireUserVerification: true,
  };
}

/**
 * The library throws for everything that is not right. Its messages quote what was sent, so they
 * are not kept.
 */
async function settle<T>(verify: () => Promise<T>): Promise<T | undefined> {
  try {
    return await verify();
  } catch {
    return undefined;
  }
}

function toRegistered({ verified, registrationInfo: info }: VerifiedRegistrationResponse) {
  if (!verified || info === undefined) return undefined;
  const { id, publicKey, counter } = info.credential;
  return {
    id,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    counter,
    aaguid: info.aaguid,
    isSyncable: info.credentialDeviceType === 'multiDevice',
    isBackedUp: info.credentialBackedUp,
  };
}

function toUse({ verified, authenticationInfo: info }: VerifiedAuthenticationResponse) {
  if (!verified) return undefined;
  return { counter: info.newCounter, isBackedUp: info.credentialBackedUp };
}
