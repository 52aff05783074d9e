/** Verifies passkeys with `@simplewebauthn/server`, which is loaded with the first one. */
import type { PasskeyExpectation, PasskeyVerifier } from '@keywright/core';
import type {
  AuthenticationResponseJSON,
  RegistrationResponseJSON,
  VerifiedAuthenticationResponse,
  VerifiedRegistrationResponse,
} from '@simplewebauthn/server';

/** COSE algorithms (RFC 9053 §2): ES256, EdDSA, RS256. Those that pages ask for. */
const algorithms = [-7, -8, -257];

export function createPasskeyVerifier(): PasskeyVerifier {
  // The runtime keeps the module, so only the first call loads it.
  const load = () => import('@simplewebauthn/server');
  return {
    async verifyRegistration(response, expected) {
      const { verifyRegistrationResponse } = await load();
      if (!(await settle(() => isUnattested(response)))) return undefined;
      const verified = await settle(() =>
        verifyRegistrationResponse({
          response: response as unknown as RegistrationResponseJSON,
          ...toLibrary(expected),
          supportedAlgorithmIDs: algorithms,
        }),
      );
      return verified && toRegistered(verified);
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

/**
 * Whether the response has no certificates. The library fetches revocation lists from addresses
 * that stand in certificates, and those are the sender's choice.
 */
async function isUnattested(response: Readonly<Record<string, unknown>>): Promise<boolean> {
  const { decodeAttestationObject, isoBase64URL } = await import('@simplewebauthn/server/helpers');
  const { attestationObject } = response['response'] as { readonly attestationObject: string };
  const decoded = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject));
  const format = decoded.get('fmt');
  return format === 'none' || (format === 'packed' && !decoded.get('attStmt').get('x5c'));
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
