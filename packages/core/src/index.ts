export * from './access/model.ts';
export * from './access/ports.ts';
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
export * from './clients/tiers.ts';
export { ConfigError, type ConfigProblem, OAuthError, type OAuthErrorDetail } from './errors.ts';
export { headersRead, type HttpRequest, type HttpResponse } from './http/message.ts';
export { errorJson } from './http/responses.ts';
export {
  defaultLeadSeconds,
  ensureKeys,
  type KeyAlgorithm,
  keyAlgorithms,
  rotateKeys,
} from './keys/key-ring.ts';
export * from './model.ts';
export { type AuthorizationServerOptions, resolveOptions, type ResolvedOptions } from './options.ts';
export * from './pages.ts';
export * from './ports.ts';
export { type AuthorizationServer, createAuthorizationServer } from './server.ts';
export * from './status/ports.ts';
