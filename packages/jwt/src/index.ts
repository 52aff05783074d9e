export { refuseAddressRange } from './address-range.ts';
export { namesOf, type SigningAlgorithm, signingAlgorithms } from './algorithms.ts';
export { type ApiKeyText, type MadeApiKey, makeApiKey, readApiKey } from './api-key.ts';
export { type Batch, createBatch } from './batch.ts';
export { BoundedMap } from './bounded-map.ts';
export { createTokenSource, digest, equalDigests } from './digest.ts';
export { createDpopNonces, type DpopNonces } from './dpop-nonces.ts';
export {
  createDpopProver,
  type DpopExpectation,
  type DpopKey,
  type DpopProof,
  type DpopProver,
  type DpopRequest,
  verifyDpopProof,
} from './dpop-proof.ts';
export { assertNoFaults, isName, isTime, unknownNames } from './given.ts';
export { isObject, type JsonObject, parseJsonObject } from './json-object.ts';
export { longestJwe, type OpenOptions, openJwe, type SealChance, sealJwe } from './jwe.ts';
export { differs, JwtError } from './jwt-error.ts';
export {
  type AgreementCurve,
  type AgreementKey,
  type AgreementKeySet,
  findSealingKey,
  generateDecryptionKey,
  importAgreementKey,
  importAgreementKeys,
  importSealingKey,
  type SealingKey,
} from './key-agreement.ts';
export * from './key-set.ts';
export { createNetworks, type Networks } from './networks.ts';
export {
  createOutbound,
  type Outbound,
  type OutboundAnswer,
  type OutboundFetch,
  type OutboundOptions,
  type OutboundReply,
  type OutboundRequest,
  type OutboundSend,
} from './outbound.ts';
export { OutboundError, type OutboundFault } from './outbound-error.ts';
export { hasPrivateMember } from './private-member.ts';
export { isPublicAddress } from './public-address.ts';
export { createPublicOutbound, type PublicOutboundOptions } from './public-outbound.ts';
export {
  createRemoteKeySet,
  type RemoteKeySet,
  type RemoteKeySetOptions,
} from './remote-key-set.ts';
export {
  type BatchSigner,
  type Claims,
  createBatchSigner,
  type LocalSigningKey,
  type RemoteSigningKey,
  type SigningKey,
  signJwtSync,
} from './sign.ts';
export { isTarget } from './target-uri.ts';
export { anyAudience, anyIssuer, anyKey, noAccessToken } from './unchecked.ts';
export { createVault, macKeyOf, type Vault, type VaultOptions } from './vault.ts';
export {
  assertHeader,
  type ClaimsExpectation,
  keyOf,
  longestToken,
  type ParsedJwt,
  parseJwt,
  type VerifiedJwt,
  type VerifyOptions,
  verifyJwt,
  verifyParsed,
} from './verify.ts';
