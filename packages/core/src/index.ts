export * from './access/model.ts';
export * from './access/ports.ts';
export * from './api-keys/ports.ts';
export type { AssertionIssuer } from './services.ts';
export * from './audit/ports.ts';
export { accountClaimNames, checkClaims, type ClaimProblem } from './accounts/standard-claims.ts';
export { isApiKeyAlive } from './api-keys/judgement.ts';
export {
  type ApiKeyRegistration,
  issueApiKey,
  type IssuedApiKey,
  type IssuingPorts,
} from './api-keys/registration.ts';
export { type ApiKeyRotation, defaultOverlapSeconds, rotateApiKey } from './api-keys/rotation.ts';
export { adminApi, adminScopes, withBuiltInApi } from './apis/admin.ts';
export { createApiDirectory } from './apis/directory.ts';
export { type ApiDirectory } from './services.ts';
export { type ApiContext, type ApiRegistration, registerApi } from './apis/registration.ts';
export {
  signsWithSecret,
  canKeepSecrets,
  withSealedSecret,
} from './clients/authentication/client-secret-jwt.ts';
export {
  changeClient,
  type ChangedClient,
  clientMemberTypes,
  endsGrants,
  hasOtherSubjects,
} from './clients/editing.ts';
export { renderForAdministrators } from './clients/metadata/rendering.ts';
export { changedMembers } from './clients/changes.ts';
export { explainClient } from './clients/explain.ts';
export { explainSecret, type SecretHistory } from './clients/explain-authentication.ts';
export type { ClientRegistration } from './clients/client-registration.ts';
export { registerClient, type RegisteredClient, type RegistrationContext } from './clients/registration.ts';
export { addSecret } from './clients/secrets.ts';
export * from './apis/settings.ts';
export { isCoveredBy, mergeTerms, withDetails, withoutDetails } from './details/covering.ts';
export type { DetailTypeRegistration } from './details/registration.ts';
export type {
  ArraySchema,
  BooleanSchema,
  IntegerSchema,
  MemberSchema,
  ObjectSchema,
  StringSchema,
} from './apis/settings.ts';
export type { DetailType } from './apis/settings.ts';
export { type GrantAction, grantActions } from './authorization-ports.ts';
export { grantsApi } from './grants/api.ts';
export * from './clients/settings.ts';
export * from './clients/tiers.ts';
export * from './deliveries/ports.ts';
export { answerDeferred, type Answered, type AnswerInput, findDeferred } from './deferred/answer.ts';
export { openPing } from './deferred/ping.ts';
export * from './deferred/ports.ts';
export { ConfigError, type ConfigProblem, OAuthError, type OAuthErrorDetail } from './errors.ts';
export {
  type ClientCertificate,
  headersRead,
  type HttpRequest,
  type HttpResponse,
  type LearnedOfRequest,
} from './http/message.ts';
export { errorPage } from './http/error-page.ts';
export { errorJson, openToAnyOrigin } from './http/responses.ts';
export { accountMark } from './interaction/password-check.ts';
export {
  defaultKeyAlgorithms,
  defaultLeadSeconds,
  ensureKeys,
  jwksMaxAgeSeconds,
  keyAlgorithms,
  type KeysWanted,
  rotateKeys,
  rotateOldKeys,
} from './keys/key-ring.ts';
export { type KeyAlgorithm } from './keys/ports.ts';
export { createSealedKeys, generateKey } from './keys/private-keys.ts';
export { type KeptAlgorithm, type MadeKey, type OpenedKey, type PrivateKeys } from './keys/ports.ts';
export { keptInFile, type Resealing, resealText } from './sealing/reseal.ts';
export { type LastingKeys, retireMacKeys, settleLastingKeys } from './sealing/lasting-keys.ts';
export * from './sealing/ports.ts';
export { changeIssuer, settleIssuer } from './sealing/recorded-issuer.ts';
export { resealAll, type ResealedPlace } from './sealing/rotation.ts';
export { createLimiter } from './limits/limiter.ts';
export { type Allowance, type Limiter, type Rate } from './limits/ports.ts';
export type { Limits } from './limits/ports.ts';
export * from './logout/ports.ts';
export { createLogoutTeller, type LogoutTeller } from './logout/telling.ts';
export * from './model.ts';
export {
  type AuthorizationServerOptions,
  type BackchannelRequestLimits,
  resolveOptions,
  type ResolvedOptions,
} from './options.ts';
export * from './pages.ts';
export type { Elsewhere } from './limits/ports.ts';
export * from './outbound.ts';
export * from './policy/features.ts';
export { defaultInitialToken, makeInitialToken, refuseInitialToken } from './registration/initial-token.ts';
export { namesOfService } from './registration/borrowed-name.ts';
export type { RegistrationOptions, StatementIssuer } from './registration/options.ts';
export { isOpenIdScope } from './rules/target.ts';
export { type Policy } from './policy/policy.ts';
export { profiles } from './policy/profiles.ts';
export { type ProfileName, profileNames } from './clients/settings.ts';
export * from './ports.ts';
export { networkOf } from './rules/network.ts';
export { type AuthorizationServer, createAuthorizationServer } from './server.ts';
export * from './status/ports.ts';
export * from './terms.ts';
