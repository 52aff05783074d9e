export * from './access/model.ts';
export * from './access/ports.ts';
export * from './api-keys/ports.ts';
export * from './audit/ports.ts';
export { isApiKeyAlive } from './api-keys/judgement.ts';
export {
  type ApiKeyRegistration,
  issueApiKey,
  type IssuedApiKey,
  type IssuingPorts,
} from './api-keys/registration.ts';
export { type ApiKeyRotation, defaultOverlapSeconds, rotateApiKey } from './api-keys/rotation.ts';
export { adminApi, adminScopes, withAdminApi } from './apis/admin.ts';
export { createApiDirectory, type ApiDirectory } from './apis/directory.ts';
export { type ApiContext, type ApiRegistration, registerApi } from './apis/registration.ts';
export { explainClient } from './clients/explain.ts';
export {
  addSecret,
  type ClientRegistration,
  registerClient,
  type RegisteredClient,
  type RegistrationContext,
} from './clients/registration.ts';
export * from './apis/settings.ts';
export * from './clients/settings.ts';
export * from './clients/tiers.ts';
export { ConfigError, type ConfigProblem, OAuthError, type OAuthErrorDetail } from './errors.ts';
export {
  type ClientCertificate,
  headersRead,
  type HttpRequest,
  type HttpResponse,
  type LearnedOfRequest,
} from './http/message.ts';
export { errorJson, errorPage, openToAnyOrigin } from './http/responses.ts';
export { accountMark } from './interaction/password-check.ts';
export {
  defaultLeadSeconds,
  ensureKeys,
  jwksMaxAgeSeconds,
  type KeyAlgorithm,
  keyAlgorithms,
  rotateKeys,
  rotateOldKeys,
} from './keys/key-ring.ts';
export { type Allowance, createLimiter, type Limiter, type Rate } from './limits/limiter.ts';
export type { Limits } from './limits/limits.ts';
export * from './model.ts';
export { type AuthorizationServerOptions, resolveOptions, type ResolvedOptions } from './options.ts';
export * from './pages.ts';
export * from './outbound.ts';
export * from './policy/features.ts';
export { type Policy } from './policy/policy.ts';
export { type ProfileName, profileNames, profiles } from './policy/profiles.ts';
export * from './ports.ts';
export { networkOf } from './rules/network.ts';
export { type AuthorizationServer, createAuthorizationServer } from './server.ts';
export * from './status/ports.ts';
export * from './terms.ts';
