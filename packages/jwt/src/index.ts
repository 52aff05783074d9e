export { type SigningAlgorithm, signingAlgorithms } from './algorithms.ts';
export { type Batch, createBatch } from './batch.ts';
export { createTokenSource, digest, equalDigests } from './digest.ts';
export type { JsonObject } from './json-object.ts';
export { JwtError } from './jwt-error.ts';
export * from './key-set.ts';
export {
  createOutbound,
  type Outbound,
  type OutboundAnswer,
  OutboundError,
  type OutboundFault,
  type OutboundFetch,
  type OutboundOptions,
} from './outbound.ts';
export { isPublicAddress } from './public-address.ts';
export { createRemoteKeySet, type RemoteKeySet, type RemoteKeySetOptions } from './remote-key-set.ts';
export { type BatchSigner, type Claims, createBatchSigner, type SigningKey, signJwtSync } from './sign.ts';
export { createVault, type Vault } from './vault.ts';
export {
  assertHeader,
  type JwtExpectation,
  keyOf,
  longestToken,
  type ParsedJwt,
  parseJwt,
  type VerifiedJwt,
  type VerifyOptions,
  verifyJwt,
  verifyParsed,
} from './verify.ts';
