export type { AnyEvent } from '@keywright/wire/events';
export {
  featureNames,
  type Features,
  features,
  grants,
  grantsWith,
  type GrantType,
  grantTypes,
  isFeatureOn,
  secretNames,
  type SettingName,
  type TierName,
  tierNames,
} from './model/features.ts';
export * from './model/access.ts';
export * from './model/permission-ports.ts';
export * from './model/api-key-ports.ts';
export type { AssertionIssuer } from './model/services.ts';
export * from './model/audit-ports.ts';
export {
  accountClaimNames,
  checkClaims,
  type ClaimProblem,
} from './kernel/accounts/standard-claims.ts';
export { isApiKeyAlive } from './kernel/tokens/api-key-judgement.ts';
export {
  type ApiKeyRegistration,
  issueApiKey,
  type IssuedApiKey,
  type IssuingPorts,
} from './features/api-keys/registration.ts';
export {
  type ApiKeyRotation,
  defaultOverlapSeconds,
  rotateApiKey,
} from './features/api-keys/rotation.ts';
export { adminApi, withBuiltInApi } from './kernel/apis/admin.ts';
export { type ApiContext, type ApiRegistration, registerApi } from './kernel/apis/registration.ts';
export {
  signsWithSecret,
  canKeepSecrets,
  withSealedSecret,
} from './kernel/clients/authentication/client-secret-jwt.ts';
export {
  changeClient,
  type ChangedClient,
  endsGrants,
  hasOtherSubjects,
} from './kernel/clients/editing.ts';
export { renderForAdministrators } from './kernel/clients/metadata/rendering.ts';
export { addedClient, canonicalText, changedMembers } from './kernel/clients/changes.ts';
export { explainClient } from './kernel/clients/explain.ts';
export {
  explainSecret,
  type SecretHistory,
} from './kernel/clients/explain-authentication.ts';
export {
  clientMemberTypes,
  type ClientRegistration,
  clientRows,
} from './kernel/clients/client-registration.ts';
export type {
  ClientMember,
  MemberType,
  TokenExchangeRegistration,
} from './model/client-member.ts';
export {
  registerClient,
  type RegisteredClient,
  type RegistrationContext,
} from './kernel/clients/registration.ts';
export { addSecret } from './kernel/clients/secrets.ts';
export * from './model/api-settings.ts';
export * from './model/resource-ports.ts';
export * from './model/work-ports.ts';
export {
  isCoveredBy,
  mergeTerms,
  withDetails,
  withoutDetails,
} from './kernel/authorization-details/covering.ts';
export type { DetailTypeRegistration } from './kernel/authorization-details/registration.ts';
export { grantsApi } from './rules/grant-scopes.ts';
export {
  type ClientSettings,
  type JwkSet,
  type ProfileName,
  profileNames,
} from './model/client-settings.ts';
export {
  type Tier,
  type TierLifetimes,
  tiers,
} from './kernel/policy/tiers.ts';
export * from './model/delivery-ports.ts';
export * from './model/passkey-ports.ts';
export { answerDeferred, type Answered, type AnswerInput } from './kernel/deferred/answer.ts';
export {
  defaultInvitationSeconds,
  type InvitationRequest,
  type InvitingPorts,
  type MadeInvitation,
  makeInvitation,
  refuseInvitation,
} from './kernel/accounts/invitations.ts';
export { makeMail, openMail } from './kernel/mail/mail.ts';
export type { Mail, MailContent } from './model/mail.ts';
export { openPing } from './kernel/deferred/ping.ts';
export * from './model/deferred-ports.ts';
export {
  ConfigError,
  type ConfigProblem,
  OAuthError,
  type OAuthErrorDetail,
} from './model/errors.ts';
export {
  type ClientCertificate,
  headersRead,
  type HttpRequest,
  type HttpResponse,
  type LearnedOfRequest,
} from './kernel/http/message.ts';
export { errorPage } from './kernel/http/error-page.ts';
export { errorJson, openToAnyOrigin } from './kernel/http/responses.ts';
export { defaultKeyAlgorithms } from './model/key-ports.ts';
export { accountMark } from './kernel/accounts/password-check.ts';
export {
  defaultLeadSeconds,
  ensureKeys,
  jwksMaxAgeSeconds,
  keyAlgorithms,
  type KeysWanted,
  rotateKeys,
  rotateOldKeys,
} from './kernel/keys/key-ring.ts';
export { type KeyAlgorithm } from './model/key-ports.ts';
export { createSealedKeys, generateKey } from './kernel/keys/private-keys.ts';
export {
  type KeptAlgorithm,
  type MadeKey,
  type OpenedKey,
  type PrivateKeys,
} from './model/key-ports.ts';
export { keptInFile, type Resealing, resealText } from './operations/reseal.ts';
export { type LastingKeys, retireMacKeys, settleLastingKeys } from './operations/lasting-keys.ts';
export * from './model/seal-ports.ts';
export { changeIssuer, settleIssuer } from './operations/recorded-issuer.ts';
export { resealAll, type ResealedPlace } from './operations/rotation.ts';
export { createLimiter } from './kernel/limits/limiter.ts';
export type { Allowance, ExternalWaits, Limiter, Limits, Rate } from './model/limit-ports.ts';
export * from './model/logout-ports.ts';
export * from './model/verification-ports.ts';
export * from './model/invitation-ports.ts';
export * from './model/email-ports.ts';
export { createLogoutTeller, type LogoutTeller } from './features/logout/telling.ts';
export * from './model/entities.ts';
export {
  type IdKind,
  idPrefixes,
  isIdOf,
  parentOfApiKey,
  parseTokenParent,
  parseTokenId,
  type TokenParent,
} from './model/token-id.ts';
export {
  type AuthorizationServerOptions,
  type BackchannelRequestLimits,
  type PasskeyOptions,
  type SecondFactorDemand,
  type SignUp,
  signUps,
  type Terms,
} from './kernel/policy/server-options.ts';
export { resolveOptions, type ResolvedOptions } from './kernel/policy/options.ts';
export * from './model/pages.ts';
export * from './model/outbound.ts';
export {
  makeInitialToken,
  refuseInitialToken,
} from './kernel/clients/registering/initial-token.ts';
export { namesOfService } from './kernel/clients/registering/borrowed-name.ts';
export type { RegistrationOptions, StatementIssuer } from './kernel/policy/registration-options.ts';
export { isOpenIdScope } from './rules/target.ts';
export { type Policy } from './kernel/policy/policy.ts';
export { profiles } from './kernel/policy/profiles.ts';
export * from './model/ports.ts';
export { networkOf } from './rules/network.ts';
export { readPictureAddress, toPictureAddress } from './rules/picture-address.ts';
export { type Picture, type PictureType, readPicture } from './rules/picture.ts';
export { type AuthorizationServer, createAuthorizationServer } from './server.ts';
export * from './model/status-ports.ts';
export * from './model/second-factor-ports.ts';
export * from './model/session-ports.ts';
export * from './model/terms.ts';
