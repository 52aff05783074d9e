/**
 * RFC 7518 §6.2.2, §6.3.2, §6.4, RFC 8037 §2, draft-ietf-cose-dilithium §3: with any of these a JWK
 * is no public key.
 */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/**
 * Whether a JWK has a private or secret member, and so is no public key (RFC 7518 §6, RFC 8037 §2,
 * draft-ietf-cose-dilithium §3).
 */
export function hasPrivateMember(jwk: object): boolean {
  return privateMembers.some((name) => Object.hasOwn(jwk, name));
}
